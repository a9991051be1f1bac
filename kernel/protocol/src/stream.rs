//! Binary frames of `aether.2`: terminals, screens and model tokens as bytes, with credit for flow control.
//!
//! A frame is one kind byte, the stream's id as a big-endian `u32`, then the payload. docs/wire.md has the whole.

/// What a binary frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameKind {
    /// Bytes of the stream, either way.
    Data = 1,
    /// The receiver allows this many more bytes (`u32`, big-endian).
    Credit = 2,
    /// The stream has ended.
    End = 3,
}

/// One binary frame, borrowed from the socket's buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct StreamFrame<'a> {
    pub kind: FrameKind,
    pub stream: u32,
    pub payload: &'a [u8],
}

/// Bytes in front of the payload.
pub const HEADER: usize = 5;
/// What a receiver allows before its first credit, and the most it should have outstanding.
pub const WINDOW: u32 = 256 * 1024;

impl<'a> StreamFrame<'a> {
    /// Reads a frame; `None` if it is too short or of an unknown kind.
    pub fn read(bytes: &'a [u8]) -> Option<StreamFrame<'a>> {
        let (head, payload) = bytes.split_at_checked(HEADER)?;
        let kind = match head[0] {
            1 => FrameKind::Data,
            2 => FrameKind::Credit,
            3 => FrameKind::End,
            _ => return None,
        };
        Some(StreamFrame { kind, stream: u32::from_be_bytes([head[1], head[2], head[3], head[4]]), payload })
    }

    /// The frame as bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.payload.len());
        bytes.push(self.kind as u8);
        bytes.extend_from_slice(&self.stream.to_be_bytes());
        bytes.extend_from_slice(self.payload);
        bytes
    }

    /// The credit a credit frame grants; `None` for other frames and for a payload of another size.
    pub fn credit(&self) -> Option<u32> {
        match (self.kind, <[u8; 4]>::try_from(self.payload)) {
            (FrameKind::Credit, Ok(bytes)) => Some(u32::from_be_bytes(bytes)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_survives_the_way_there_and_back() {
        let frame = StreamFrame { kind: FrameKind::Data, stream: 70_000, payload: b"ls\n" };
        assert_eq!(StreamFrame::read(&frame.write()), Some(frame));
        let credit = StreamFrame { kind: FrameKind::Credit, stream: 1, payload: &WINDOW.to_be_bytes() };
        assert_eq!(credit.credit(), Some(WINDOW));
    }

    #[test]
    fn short_and_unknown_frames_are_refused() {
        assert_eq!(StreamFrame::read(&[]), None);
        assert_eq!(StreamFrame::read(&[1, 0, 0, 0]), None);
        assert_eq!(StreamFrame::read(&[9, 0, 0, 0, 1]), None);
    }
}
