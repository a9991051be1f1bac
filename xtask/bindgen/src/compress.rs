//! Compressing files once, so that the server never does.

use std::io::Write;
use std::path::Path;

use crate::Result;

/// Endings of what gets smaller.
const TEXTS: [&str; 6] = ["html", "js", "css", "wasm", "json", "svg"];

/// Writes `<name>.br` and `<name>.gz` beside a file. What `before` has under the same name is taken over: a name that says
/// its content has been compressed already.
pub fn beside(folder: &Path, name: &str, before: Option<&Path>) -> Result {
    if !TEXTS.iter().any(|ending| name.rsplit_once('.').is_some_and(|(_, found)| found == *ending)) {
        return Ok(());
    }
    for (ending, compress) in [("br", brotli as fn(&[u8]) -> std::io::Result<Vec<u8>>), ("gz", gzip)] {
        let name_there = format!("{name}.{ending}");
        let to = folder.join(&name_there);
        if before.is_some_and(|before| std::fs::copy(before.join(&name_there), &to).is_ok()) {
            continue;
        }
        let made = std::fs::read(folder.join(name)).and_then(|bytes| compress(&bytes));
        made.and_then(|bytes| std::fs::write(&to, bytes)).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    Ok(())
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes)?;
    packed.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn both_give_back_what_went_in() {
        let text = b"the same words, the same words, the same words".repeat(20);
        let mut back = Vec::new();
        brotli::Decompressor::new(&brotli(&text).expect("packed")[..], 4096).read_to_end(&mut back).expect("unpacked");
        assert_eq!(back, text);
        back.clear();
        flate2::read::GzDecoder::new(&gzip(&text).expect("packed")[..]).read_to_end(&mut back).expect("unpacked");
        assert_eq!(back, text);
    }
}
