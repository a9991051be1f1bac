//! How busy the machine is: the last hour, sample by sample.

use std::collections::VecDeque;

use aether_protocol::domains::kernel::KernelMetricRecord;

/// An hour of samples, one every five seconds.
const KEPT: usize = 720;

/// The slice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    samples: VecDeque<KernelMetricRecord>,
}

impl Metrics {
    pub fn samples(&self) -> &VecDeque<KernelMetricRecord> {
        &self.samples
    }

    /// Takes in a sample; they come in the order they were taken.
    pub fn push(&mut self, sample: KernelMetricRecord) {
        if self.samples.back().is_some_and(|last| last.timestamp >= sample.timestamp) {
            return;
        }
        self.samples.push_back(sample);
        if self.samples.len() > KEPT {
            self.samples.pop_front();
        }
    }

    /// Takes in what the kernel has kept; samples that are known already stay as they are.
    pub fn remember(&mut self, mut history: Vec<KernelMetricRecord>) {
        let newest = history.last().map_or(0, |sample| sample.timestamp);
        history.extend(self.samples.iter().filter(|sample| sample.timestamp > newest).cloned());
        let surplus = history.len().saturating_sub(KEPT);
        self.samples = history.into_iter().skip(surplus).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(timestamp: u64) -> KernelMetricRecord {
        KernelMetricRecord { timestamp, process_count: 1, cpu_percent: 1.0, memory_mb: 1.0, container_count: 0 }
    }

    #[test]
    fn history_comes_before_what_was_heard_meanwhile_and_an_hour_is_kept() {
        let mut metrics = Metrics::default();
        metrics.push(at(30));
        metrics.push(at(30));
        metrics.remember(vec![at(10), at(20)]);
        let times = |metrics: &Metrics| metrics.samples().iter().map(|s| s.timestamp).collect::<Vec<_>>();
        assert_eq!(times(&metrics), [10, 20, 30]);
        (31..2_000).for_each(|time| metrics.push(at(time)));
        assert_eq!(metrics.samples().len(), KEPT);
    }
}
