//! Bytes as they are.

use std::fmt::Write;

use yew::prelude::*;

/// Lines of sixteen bytes: where, the bytes, and the letters among them.
pub fn dump(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 5);
    for (index, line) in bytes.chunks(16).enumerate() {
        // A string takes whatever is written to it.
        let _ = write!(out, "{:08x} ", index * 16);
        for at in 0..16 {
            let gap = if at == 8 { " " } else { "" };
            let _ = match line.get(at) {
                Some(byte) => write!(out, "{gap} {byte:02x}"),
                None => write!(out, "{gap}   "),
            };
        }
        out.push_str("  ");
        out.extend(
            line.iter().map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }),
        );
        out.push('\n');
    }
    out
}

#[derive(Properties, PartialEq)]
pub struct HexProps {
    pub text: AttrValue,
}

#[component]
pub fn Hex(props: &HexProps) -> Html {
    html! {
        <pre class="hex mono" tabindex="0" role="region" aria-label="The first bytes">{ &props.text }</pre>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stand_under_each_other() {
        let text = dump(b"PK\x03\x04 hello, world of bytes");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "00000000  50 4b 03 04 20 68 65 6c  6c 6f 2c 20 77 6f 72 6c  PK.. hello, worl");
        assert_eq!(lines[1], "00000010  64 20 6f 66 20 62 79 74  65 73                    d of bytes");
        assert_eq!(dump(b""), "");
    }
}
