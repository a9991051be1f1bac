//! Where something that belongs to an anchor stands inside the viewport.

/// The edge of the anchor that it stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Top,
    Bottom,
    Left,
    Right,
}

impl Side {
    pub const fn name(self) -> &'static str {
        match self {
            Side::Top => "top",
            Side::Bottom => "bottom",
            Side::Left => "left",
            Side::Right => "right",
        }
    }

    const fn opposite(self) -> Side {
        match self {
            Side::Top => Side::Bottom,
            Side::Bottom => Side::Top,
            Side::Left => Side::Right,
            Side::Right => Side::Left,
        }
    }
}

/// Which of its edges is in line with the anchor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Start,
    Center,
    End,
}

/// A rectangle in pixels of the viewport.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Frame {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    pub width: f64,
    pub height: f64,
}

/// Where it goes, and how much room there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub x: f64,
    pub y: f64,
    pub side: Side,
    pub max_height: f64,
}

/// The distance that everything keeps from the viewport's edge.
const MARGIN: f64 = 8.0;

/// Stands `size` at the wanted side of `anchor`, or opposite where only there is enough room, and never outside.
pub fn place(anchor: Frame, size: Extent, viewport: Extent, side: Side, align: Align, gap: f64) -> Place {
    let room = |side: Side| match side {
        Side::Top => anchor.y - gap - MARGIN,
        Side::Bottom => viewport.height - anchor.y - anchor.height - gap - MARGIN,
        Side::Left => anchor.x - gap - MARGIN,
        Side::Right => viewport.width - anchor.x - anchor.width - gap - MARGIN,
    };
    let upright = matches!(side, Side::Top | Side::Bottom);
    let wanted = if upright { size.height } else { size.width };
    let side = if room(side) >= wanted || room(side) >= room(side.opposite()) { side } else { side.opposite() };
    let max_height = if upright { room(side).max(0.0) } else { (viewport.height - 2.0 * MARGIN).max(0.0) };
    let height = size.height.min(max_height);
    let (x, y) = match side {
        Side::Top => (aligned(anchor.x, anchor.width, size.width, align), anchor.y - gap - height),
        Side::Bottom => (aligned(anchor.x, anchor.width, size.width, align), anchor.y + anchor.height + gap),
        Side::Left => (anchor.x - gap - size.width, aligned(anchor.y, anchor.height, height, align)),
        Side::Right => (anchor.x + anchor.width + gap, aligned(anchor.y, anchor.height, height, align)),
    };
    Place { x: within(x, size.width, viewport.width), y: within(y, height, viewport.height), side, max_height }
}

fn aligned(start: f64, length: f64, own: f64, align: Align) -> f64 {
    match align {
        Align::Start => start,
        Align::Center => start + (length - own) / 2.0,
        Align::End => start + length - own,
    }
}

// Where it is larger than the viewport, its beginning stays in sight.
fn within(start: f64, length: f64, limit: f64) -> f64 {
    start.min(limit - length - MARGIN).max(MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: Extent = Extent { width: 400.0, height: 600.0 };

    fn at(x: f64, y: f64) -> Frame {
        Frame { x, y, width: 80.0, height: 28.0 }
    }

    fn menu(width: f64, height: f64) -> Extent {
        Extent { width, height }
    }

    #[test]
    fn it_stands_where_it_is_wanted_when_there_is_room() {
        let placed = place(at(40.0, 100.0), menu(160.0, 200.0), VIEW, Side::Bottom, Align::Start, 4.0);
        assert_eq!((placed.x, placed.y, placed.side), (40.0, 132.0, Side::Bottom));
        let placed = place(at(300.0, 100.0), menu(160.0, 200.0), VIEW, Side::Bottom, Align::End, 4.0);
        assert_eq!((placed.x, placed.y), (220.0, 132.0));
    }

    #[test]
    fn it_turns_to_the_other_side_when_only_there_is_room() {
        let placed = place(at(40.0, 500.0), menu(160.0, 200.0), VIEW, Side::Bottom, Align::Start, 4.0);
        assert_eq!((placed.y, placed.side), (296.0, Side::Top));
        let placed = place(at(300.0, 100.0), menu(160.0, 40.0), VIEW, Side::Right, Align::Start, 4.0);
        assert_eq!((placed.x, placed.side), (136.0, Side::Left));
    }

    #[test]
    fn it_stays_on_the_roomier_side_and_scrolls_when_neither_is_enough() {
        let placed = place(at(40.0, 200.0), menu(160.0, 900.0), VIEW, Side::Bottom, Align::Start, 4.0);
        assert_eq!((placed.side, placed.y, placed.max_height), (Side::Bottom, 232.0, 360.0));
        let placed = place(at(40.0, 400.0), menu(160.0, 900.0), VIEW, Side::Bottom, Align::Start, 4.0);
        assert_eq!((placed.side, placed.y, placed.max_height), (Side::Top, 8.0, 388.0));
    }

    #[test]
    fn it_never_leaves_the_viewport() {
        let placed = place(at(350.0, 100.0), menu(160.0, 50.0), VIEW, Side::Bottom, Align::Start, 4.0);
        assert_eq!(placed.x, 232.0);
        let placed = place(at(-50.0, 100.0), menu(900.0, 50.0), VIEW, Side::Bottom, Align::Center, 4.0);
        assert_eq!(placed.x, 8.0);
    }
}
