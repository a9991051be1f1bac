//! A field of equal cells, of which only those near the part in sight are drawn.

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
}
