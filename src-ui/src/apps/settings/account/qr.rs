//! A QR code (ISO/IEC 18004) as one shape.

use qrcode::{Color, EcLevel, QrCode};
use yew::prelude::*;

/// Modules of quiet around it, as readers want it.
const QUIET: usize = 4;

/// The width of the picture in modules, and the dark ones as the data of an SVG path; `None` for a text that is too
/// long.
fn shape(text: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row.iter().skip(x).take_while(|module| **module == Color::Dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            }
            x += run.max(1);
        }
    }
    Some((width + 2 * QUIET, path))
}

#[derive(Properties, PartialEq)]
pub struct QrProps {
    pub text: AttrValue,
    /// What it is, for those who cannot see it.
    pub label: AttrValue,
}

/// See the module.
#[component]
pub fn Qr(props: &QrProps) -> Html {
    let drawn = use_memo(props.text.clone(), |text| shape(text));
    let Some((size, path)) = drawn.as_ref() else { return Html::default() };
    html! {
        <svg class="qr" role="img" aria-label={props.label.clone()} viewBox={format!("0 0 {size} {size}")}
            shape-rendering="crispEdges">
            <rect class="qr__paper" width={size.to_string()} height={size.to_string()} />
            <path class="qr__ink" d={path.clone()} />
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_corners_are_the_three_squares_that_readers_look_for() {
        let (size, path) = shape("otpauth://totp/Aether:ada?secret=JBSWY3DPEHPK3PXP&issuer=Aether").expect("it fits");
        let width = size - 2 * QUIET;
        // Version n has 17 + 4n modules.
        assert_eq!((width - 17) % 4, 0);
        assert!(path.starts_with("M4 4h7v1h-7z"), "the top edge of the first square");
        assert!(path.contains(&format!("M{} 4h7v1h-7z", 4 + width - 7)));
        assert!(path.contains(&format!("M4 {}h7v1h-7z", 4 + width - 1)), "the bottom edge of the third square");
        assert!(shape(&"x".repeat(5000)).is_none());
    }
}
