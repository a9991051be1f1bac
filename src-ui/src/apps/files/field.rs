//! A field of equal cells, of which only those near the part in sight are drawn.

use crate::wm::Rect;

/// Lines that are drawn above and below what is in sight.
const SPARE: usize = 8;

/// How a field is laid out, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Field {
    pub count: usize,
    pub columns: usize,
    pub line: f64,
    pub top: f64,
    pub sight: f64,
}

/// What of a field is drawn, and the room of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Part {
    pub from: usize,
    pub to: usize,
    pub above: f64,
    pub below: f64,
}

impl Field {
    fn lines(&self) -> usize {
        self.count.div_ceil(self.columns.max(1))
    }

    pub fn part(&self) -> Part {
        let (columns, lines) = (self.columns.max(1), self.lines());
        if self.line <= 0.0 {
            return Part::default();
        }
        // Casts of what is negative or not a number give zero.
        let most = (self.sight / self.line).ceil() as usize + 2 * SPARE;
        let first = ((self.top / self.line).floor() as usize).saturating_sub(SPARE);
        // A field that got shorter is scrolled beyond its end for a moment.
        let first = first.min(lines.saturating_sub(most));
        let last = (((self.top + self.sight) / self.line).ceil() as usize + SPARE).min(lines).max(first);
        Part {
            from: first * columns,
            to: (last * columns).min(self.count),
            above: first as f64 * self.line,
            below: (lines - last) as f64 * self.line,
        }
    }

    /// Where to scroll so that an entry is in sight; `None` if it is.
    pub fn reveal(&self, index: usize) -> Option<f64> {
        let top = (index / self.columns.max(1)) as f64 * self.line;
        if top < self.top {
            Some(top)
        } else if top + self.line > self.top + self.sight {
            Some((top + self.line - self.sight).max(0.0))
        } else {
            None
        }
    }

    /// The entries that a rectangle touches, in pixels from the field's corner; the field is so wide.
    pub fn touched(&self, band: Rect, width: f64) -> Vec<usize> {
        let columns = self.columns.max(1);
        let cell = width / columns as f64;
        if self.line <= 0.0 || cell <= 0.0 || band.x + band.w < 0.0 || band.x > width || band.y + band.h < 0.0 {
            return Vec::new();
        }
        // Casts of what is negative give zero.
        let of = |at: f64, each: f64| (at / each).floor() as usize;
        let (first, last) = (of(band.y, self.line), of(band.y + band.h, self.line).min(self.lines()));
        let (left, right) = (of(band.x, cell), of(band.x + band.w, cell).min(columns - 1));
        let line = |line: usize| (left..=right).map(move |column| line * columns + column);
        (first..=last).flat_map(line).filter(|index| *index < self.count).collect()
    }

    /// Whole lines in sight.
    pub fn page(&self) -> usize {
        ((self.sight / self.line).floor() as usize).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(count: usize, columns: usize, top: f64) -> Field {
        Field { count, columns, line: 10.0, top, sight: 100.0 }
    }

    #[test]
    fn what_is_drawn_and_left_out_is_all_there_is() {
        for (count, columns) in [(0, 1), (1, 1), (10_000, 1), (10_000, 7), (13, 5)] {
            for top in [0.0, 55.0, 4000.0, 1e9] {
                let part = field(count, columns, top).part();
                let drawn = (part.to - part.from).div_ceil(columns) as f64 * 10.0;
                assert_eq!(part.above + drawn + part.below, count.div_ceil(columns) as f64 * 10.0, "{count} {top}");
                assert!(part.to - part.from <= 27 * columns, "{count} {columns} {top}");
            }
        }
        let part = field(10_000, 1, 4000.0).part();
        assert_eq!((part.from, part.to), (392, 418));
    }

    #[test]
    fn an_entry_is_brought_into_sight_by_the_shortest_way() {
        assert_eq!(field(100, 1, 200.0).reveal(25), None);
        assert_eq!(field(100, 1, 200.0).reveal(5), Some(50.0));
        assert_eq!(field(100, 1, 200.0).reveal(40), Some(310.0));
        assert_eq!(field(100, 4, 0.0).reveal(40), Some(10.0));
    }

    #[test]
    fn a_rectangle_touches_what_lies_under_it() {
        let touched = |x, y, w, h| field(11, 4, 0.0).touched(Rect::new(x, y, w, h), 40.0);
        assert_eq!(touched(5.0, 5.0, 0.0, 0.0), [0]);
        assert_eq!(touched(12.0, 2.0, 10.0, 15.0), [1, 2, 5, 6]);
        assert_eq!(touched(-50.0, -50.0, 500.0, 500.0), (0..11).collect::<Vec<_>>());
        assert_eq!(touched(35.0, 25.0, 3.0, 90.0), Vec::<usize>::new(), "the last line is shorter");
        assert_eq!(touched(0.0, 200.0, 9.0, 9.0), Vec::<usize>::new());
        assert_eq!(touched(50.0, 0.0, 9.0, 9.0), Vec::<usize>::new());
        assert_eq!(field(30, 1, 0.0).touched(Rect::new(3.0, 15.0, 1.0, 20.0), 40.0), [1, 2, 3]);
    }
}
