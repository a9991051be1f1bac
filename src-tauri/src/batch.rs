//! Batches: what the page sends in one call. The page's end is `src-ui/js/tauri-link.js`.
//!
//! A batch is the number of its link, then frames: a kind byte, the length, the payload. Numbers are unsigned, 32 bits,
//! big-endian. One call brings all that waited, so the frames of a link keep their order though calls do not.

use bytes::{Buf, Bytes};

/// What the page says.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// A text frame for the kernel.
    Text(String),
    /// A binary frame for the kernel.
    Binary(Bytes),
    /// So many more frames have been taken.
    Taken(u32),
    /// The page ends the link.
    Close,
}

/// Frames of one link.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    pub link: u32,
    pub said: Vec<Said>,
}

impl Batch {
    /// Reads a batch; none if it is not one.
    pub fn read(mut bytes: Bytes) -> Option<Batch> {
        let link = bytes.try_get_u32().ok()?;
        let mut said = Vec::new();
        while bytes.has_remaining() {
            let kind = bytes.try_get_u8().ok()?;
            let length = usize::try_from(bytes.try_get_u32().ok()?).ok()?;
            if bytes.remaining() < length {
                return None;
            }
            let mut payload = bytes.split_to(length);
            said.push(match kind {
                1 => Said::Text(String::from_utf8(payload.into()).ok()?),
                2 => Said::Binary(payload),
                3 => Said::Taken(payload.try_get_u32().ok()?),
                4 => Said::Close,
                _ => return None,
            });
        }
        Some(Batch { link, said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Batch> {
        Batch::read(Bytes::copy_from_slice(bytes))
    }

    #[test]
    fn frames_come_in_their_order() {
        let bytes = b"\0\0\0\x07\x01\0\0\0\x02{}\x02\0\0\0\x01x\x03\0\0\0\x04\0\0\x01\0\x04\0\0\0\0";
        let said =
            vec![Said::Text("{}".to_owned()), Said::Binary(Bytes::from_static(b"x")), Said::Taken(256), Said::Close];
        assert_eq!(read(bytes), Some(Batch { link: 7, said }));
        assert_eq!(read(b"\0\0\0\x07"), Some(Batch { link: 7, said: Vec::new() }));
    }

    #[test]
    fn what_is_cut_off_or_unknown_is_none() {
        for bytes in [
            &b""[..],
            b"\0\0\0",
            b"\0\0\0\x07\x01\0\0\0",
            b"\0\0\0\x07\x01\0\0\0\x02{",
            b"\0\0\0\x07\x01\0\0\0\x01\xff",
            b"\0\0\0\x07\x03\0\0\0\x01x",
            b"\0\0\0\x07\x09\0\0\0\0",
            b"\0\0\0\x07\x02\xff\xff\xff\xff",
        ] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }
}
