//! Cuts a streamed body into the payloads of its events, however the network cut it into pieces.

/// How a body separates its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events (WHATWG HTML, "Server-sent events"): the `data` fields up to an empty line.
    Sse,
    /// One JSON value a line.
    Lines,
}

/// The fields of server-sent events.
const FIELDS: [&[u8]; 4] = [b"data", b"event", b"id", b"retry"];
/// What is kept of a body that is no event stream, to say what it is instead.
const STRAY_LIMIT: usize = 64 * 1024;

/// The reading state between two pieces.
#[derive(Debug)]
pub(crate) struct Frames {
    framing: Framing,
    /// The line that has no end yet.
    line: Vec<u8>,
    /// The `data` fields of the event that has no end yet.
    data: Option<Vec<u8>>,
    stray: Vec<u8>,
    first_line: bool,
    after_cr: bool,
}

impl Frames {
    pub fn new(framing: Framing) -> Frames {
        Frames { framing, line: Vec::new(), data: None, stray: Vec::new(), first_line: true, after_cr: false }
    }

    /// Takes the next piece; gives the payloads that are complete with it.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut payloads = Vec::new();
        while let Some(&first) = bytes.first() {
            // The two halves of a CR LF may come in different pieces.
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
                self.line.extend_from_slice(bytes);
                break;
            };
            self.line.extend_from_slice(&bytes[..end]);
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            payloads.extend(self.end_line(&line));
        }
        payloads
    }

    /// The payload in which the body ended, where it ended without its last line end. It may be cut off.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        let cut_name = self.framing == Framing::Sse && FIELDS.iter().any(|name| name.starts_with(&line));
        let payload = if cut_name { None } else { self.end_line(&line) };
        payload.or_else(|| self.data.take())
    }

    /// The beginning of what was not part of any event.
    pub fn stray(&self) -> &[u8] {
        &self.stray
    }

    fn end_line(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let line = match std::mem::take(&mut self.first_line) {
            true => line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line),
            false => line,
        };
        match self.framing {
            Framing::Lines => (!line.trim_ascii().is_empty()).then(|| line.to_vec()),
            Framing::Sse if line.is_empty() => self.data.take(),
            Framing::Sse => {
                self.field(line);
                None
            }
        }
    }

    fn field(&mut self, line: &[u8]) {
        let (name, value) = match line.iter().position(|b| *b == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        match name {
            b"data" => {
                let value = value.strip_prefix(b" ").unwrap_or(value);
                match &mut self.data {
                    Some(data) => {
                        data.push(b'\n');
                        data.extend_from_slice(value);
                    }
                    None => self.data = Some(value.to_vec()),
                }
            }
            b"" | b"event" | b"id" | b"retry" => {}
            _ => {
                let room = STRAY_LIMIT.saturating_sub(self.stray.len());
                self.stray.extend_from_slice(&line[..line.len().min(room)]);
                self.stray.push(b'\n');
            }
        }
    }
}

#[cfg(test)]
mod tests;
