//! From figures to pixels.

/// A straight line from a range of figures to a range of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    pub fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        Scale { from, to }
    }

    /// The pixel of a figure; the middle where all figures are one.
    pub fn at(&self, value: f64) -> f64 {
        let span = self.from.1 - self.from.0;
        let share = if span == 0.0 { 0.5 } else { (value - self.from.0) / span };
        self.to.0 + share * (self.to.1 - self.to.0)
    }

    /// The figure of a pixel.
    pub fn back(&self, pixel: f64) -> f64 {
        let span = self.to.1 - self.to.0;
        let share = if span == 0.0 { 0.0 } else { (pixel - self.to.0) / span };
        self.from.0 + share * (self.from.1 - self.from.0)
    }
}

/// Round figures (1, 2 or 5 times a power of ten) across a range: about `wanted` of them, the first not above the
/// range's start, the last not below its end.
pub fn ticks(from: f64, to: f64, wanted: usize) -> Vec<f64> {
    if !from.is_finite() || !to.is_finite() || wanted == 0 {
        return Vec::new();
    }
    let (from, to) = if from == to { (from.min(0.0), if to == 0.0 { 1.0 } else { to.max(0.0) }) } else { (from, to) };
    let rough = (to - from) / wanted as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = power
        * match rough / power {
            share if share <= 1.0 => 1.0,
            share if share <= 2.0 => 2.0,
            share if share <= 5.0 => 5.0,
            _ => 10.0,
        };
    let (first, last) = ((from / step).floor(), (to / step).ceil());
    (0..=(last - first) as usize).map(|index| (first + index as f64) * step).collect()
}

/// The place in `xs` (in ascending order) that is nearest to `x`.
pub(super) fn nearest(xs: &[f64], x: f64) -> Option<usize> {
    let after = xs.partition_point(|other| *other < x);
    match (after.checked_sub(1).and_then(|before| xs.get(before)), xs.get(after)) {
        (Some(before), Some(next)) if x - before <= next - x => Some(after - 1),
        (_, Some(_)) => Some(after),
        (Some(_), None) => Some(after - 1),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_goes_there_and_back() {
        let scale = Scale::new((0.0, 200.0), (100.0, 0.0));
        assert_eq!((scale.at(0.0), scale.at(50.0), scale.at(200.0)), (100.0, 75.0, 0.0));
        assert_eq!(scale.back(75.0), 50.0);
        assert_eq!(Scale::new((3.0, 3.0), (0.0, 10.0)).at(3.0), 5.0);
    }

    #[test]
    fn ticks_are_round_and_enclose_the_range() {
        assert_eq!(ticks(0.0, 100.0, 4), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(3.0, 97.0, 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(0.0, 0.0, 4).first(), Some(&0.0));
        assert_eq!(ticks(7.0, 7.0, 2), [0.0, 5.0, 10.0]);
        assert!(ticks(f64::NAN, 1.0, 3).is_empty());
    }

    #[test]
    fn the_nearest_point_is_found_also_beyond_the_ends() {
        let xs = [0.0, 10.0, 30.0];
        assert_eq!(
            [-5.0, 4.0, 6.0, 21.0, 99.0].map(|x| nearest(&xs, x)),
            [Some(0), Some(0), Some(1), Some(2), Some(2)]
        );
        assert_eq!(nearest(&[], 1.0), None);
    }
}
