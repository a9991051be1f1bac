//! What a process holds, and whether it grows.

use std::path::Path;

/// Resident memory in KiB, and open files.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    pub memory: u64,
    pub files: u64,
}

/// What was held after so many agents.
pub struct Sample {
    pub agents: usize,
    pub held: Held,
}

/// True if this system says what a process holds.
pub fn is_known() -> bool {
    Path::new("/proc/self/fd").is_dir()
}

impl Held {
    pub fn of(pid: u32) -> Held {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        let memory = line.trim().trim_end_matches(" kB").parse().expect("a number");
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("its files").count();
        Held { memory, files: files as u64 }
    }
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// How much the second grows with the first, by least squares.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let (x, y) = (mean(&xs), mean(&ys));
    let together: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let alone: f64 = xs.iter().map(|value| (value - x).powi(2)).sum();
    together / alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_that_of_the_line_through_the_points() {
        assert!((slope(&[(1.0, 5.0), (2.0, 7.0), (3.0, 9.0)]) - 2.0).abs() < 1e-9);
        assert!(slope(&[(1.0, 5.0), (2.0, 4.0), (3.0, 5.0)]).abs() < 1e-9);
    }
}
