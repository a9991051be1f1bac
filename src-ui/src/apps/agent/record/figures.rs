//! What a run has used, step by step.

use std::rc::Rc;

use aether_protocol::domains::agent::{TrajectoryEntry, TrajectoryKind as Kind};

use super::arg;

/// What was used, together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    pub replies: u64,
    pub input: u64,
    pub output: u64,
    /// Of what has a known price.
    pub cost: f64,
    /// True if some reply has no known price.
    pub unpriced: bool,
    /// Milliseconds that the model and the tools took, together.
    pub work_ms: u64,
}

impl Sum {
    pub fn tokens(&self) -> u64 {
        self.input + self.output
    }

    fn add(&mut self, entry: &TrajectoryEntry) {
        let ran = matches!(entry.kind, Kind::Thought | Kind::Observation);
        self.work_ms += entry.duration_ms.filter(|_| ran).unwrap_or(0);
        if entry.kind == Kind::Thought {
            self.replies += 1;
            self.input += entry.input_tokens.unwrap_or(0);
            self.output += entry.output_tokens.unwrap_or(0);
            self.cost += entry.cost_usd.unwrap_or(0.0);
            self.unpriced |= entry.cost_usd.is_none();
        }
    }
}

/// Everything the Cost view shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    pub whole: Sum,
    /// The model, with what it used.
    pub by_model: Vec<(String, Sum)>,
    /// (step, tokens) of what was sent and of what was written.
    pub input: Vec<(f64, f64)>,
    pub output: Vec<(f64, f64)>,
    /// (step, dollars) from the beginning on.
    pub cost: Vec<(f64, f64)>,
    /// The last step.
    pub steps: u32,
}

/// The figures of these entries.
pub fn figures(entries: &[Rc<TrajectoryEntry>]) -> Figures {
    let mut figures = Figures::default();
    let mut model = String::new();
    for entry in entries {
        figures.steps = figures.steps.max(entry.step);
        if entry.kind == Kind::Started {
            model = arg(entry.args.as_ref(), "model").unwrap_or_default().to_owned();
        }
        figures.whole.add(entry);
        if entry.kind == Kind::Thought {
            figures.of_model(&model).add(entry);
            figures.point(entry);
        }
    }
    figures
}

impl Figures {
    fn of_model(&mut self, model: &str) -> &mut Sum {
        let place = self.by_model.iter().position(|(name, _)| name == model).unwrap_or_else(|| {
            self.by_model.push((model.to_owned(), Sum::default()));
            self.by_model.len() - 1
        });
        &mut self.by_model[place].1
    }

    /// A step may have several replies, where one of them called no tool.
    fn point(&mut self, entry: &TrajectoryEntry) {
        let step = f64::from(entry.step);
        let used = |tokens: Option<u64>| tokens.unwrap_or(0) as f64;
        for (points, more) in
            [(&mut self.input, used(entry.input_tokens)), (&mut self.output, used(entry.output_tokens))]
        {
            match points.last_mut().filter(|point| point.0 == step) {
                Some(point) => point.1 += more,
                None => points.push((step, more)),
            }
        }
        let cost = self.whole.cost;
        match self.cost.last_mut().filter(|point| point.0 == step) {
            Some(point) => point.1 = cost,
            None => self.cost.push((step, cost)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples::{entry, observation, said};
    use super::*;

    fn reply(n: u64, step: u32, input: u64, cost: Option<f64>) -> TrajectoryEntry {
        TrajectoryEntry {
            step,
            input_tokens: Some(input),
            output_tokens: Some(10),
            cost_usd: cost,
            duration_ms: Some(500),
            ..said(n, Kind::Thought, "t")
        }
    }

    #[test]
    fn replies_of_one_step_are_one_point_and_cost_accumulates() {
        let started =
            TrajectoryEntry { step: 0, args: Some(json!({"model": "openai:gpt-4.1"})), ..entry(1, Kind::Started) };
        let seen = TrajectoryEntry { duration_ms: Some(1_000), ..observation(4, "c", true, "ok") };
        let waited = TrajectoryEntry { duration_ms: Some(9_000), ..entry(6, Kind::Finished) };
        let entries = vec![
            started,
            reply(2, 1, 100, Some(0.5)),
            reply(3, 1, 50, Some(0.25)),
            seen,
            reply(5, 2, 200, None),
            waited,
        ];
        let found = figures(&entries.into_iter().map(Rc::new).collect::<Vec<_>>());
        assert_eq!(found.input, [(1.0, 150.0), (2.0, 200.0)]);
        assert_eq!(found.output, [(1.0, 20.0), (2.0, 10.0)]);
        assert_eq!(found.cost, [(1.0, 0.75), (2.0, 0.75)]);
        let expected = Sum { replies: 3, input: 350, output: 30, cost: 0.75, unpriced: true, work_ms: 2_500 };
        assert_eq!((found.whole, found.steps), (expected, 2));
        let [(model, sum)] = found.by_model.as_slice() else { panic!("one model") };
        assert_eq!((model.as_str(), sum.replies, sum.work_ms), ("openai:gpt-4.1", 3, 1_500));
    }
}
