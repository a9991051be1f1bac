//! What a file is, by its name: how it is shown, and which icon it has.

use aether_protocol::domains::fs::FileType;

use super::name::parts;
use crate::kit::Glyph;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Folder,
    Text,
    Markdown,
    Json,
    Csv,
    Code,
    Image,
    Audio,
    Video,
    Pdf,
    Archive,
    Binary,
    /// A name that says nothing; its bytes have to.
    Unknown,
    /// A pipe, a socket or a device.
    Special,
}

impl Kind {
    pub fn of(name: &str, kind: FileType) -> Kind {
        match kind {
            FileType::Directory => return Kind::Folder,
            FileType::Pipe | FileType::Device => return Kind::Special,
            FileType::File | FileType::Symlink => {}
        }
        let ending = parts(name).1.trim_start_matches('.').to_ascii_lowercase();
        match ending.as_str() {
            "txt" | "text" | "log" | "out" | "err" | "ini" | "cfg" | "conf" | "env" | "srt" | "vtt" | "tex" | "rst"
            | "diff" | "patch" => Kind::Text,
            "md" | "markdown" | "mkd" => Kind::Markdown,
            "json" | "geojson" | "webmanifest" => Kind::Json,
            "csv" | "tsv" => Kind::Csv,
            "rs" | "py" | "js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx" | "c" | "h" | "cc" | "cpp" | "hpp" | "cs"
            | "go" | "java" | "kt" | "swift" | "rb" | "php" | "pl" | "lua" | "sh" | "bash" | "zsh" | "fish" | "ps1"
            | "bat" | "sql" | "html" | "htm" | "xml" | "css" | "scss" | "yml" | "yaml" | "toml" | "lock" | "jsonl"
            | "ndjson" | "vue" | "svelte" | "r" | "jl" | "hs" | "ml" | "ex" | "exs" | "erl" | "dart" | "zig"
            | "nix" | "tf" | "dockerfile" | "mk" | "cmake" | "gradle" | "proto" | "graphql" | "ipynb" => Kind::Code,
            "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "svg" | "bmp" | "ico" => Kind::Image,
            "mp3" | "wav" | "ogg" | "oga" | "opus" | "flac" | "m4a" | "aac" => Kind::Audio,
            "mp4" | "webm" | "ogv" | "mov" | "m4v" => Kind::Video,
            "pdf" => Kind::Pdf,
            "zip" | "tar" | "gz" | "tgz" | "bz2" | "xz" | "zst" | "7z" | "rar" | "jar" | "whl" | "deb" | "rpm" => {
                Kind::Archive
            }
            "bin" | "exe" | "dll" | "so" | "dylib" | "o" | "a" | "wasm" | "class" | "pyc" | "db" | "sqlite"
            | "sqlite3" | "iso" | "img" | "dat" | "parquet" | "npy" | "pt" | "safetensors" | "gguf" | "onnx"
            | "ttf" | "otf" | "woff" | "woff2" | "doc" | "docx" | "xls" | "xlsx" | "ppt" | "pptx" | "odt" | "ods" => {
                Kind::Binary
            }
            _ => Kind::Unknown,
        }
    }

    /// Whether its bytes are read as text, as far as its name says.
    pub fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::Markdown | Kind::Json | Kind::Csv | Kind::Code | Kind::Unknown)
    }

    pub fn icon(self) -> Glyph {
        match self {
            Kind::Folder => Glyph::Folder,
            Kind::Text | Kind::Markdown => Glyph::FileText,
            Kind::Json => Glyph::FileJson,
            Kind::Csv => Glyph::FileSpreadsheet,
            Kind::Code => Glyph::FileCode,
            Kind::Image => Glyph::FileImage,
            Kind::Audio => Glyph::FileAudio,
            Kind::Video => Glyph::FileVideo,
            Kind::Pdf => Glyph::BookOpen,
            Kind::Archive => Glyph::FileArchive,
            Kind::Binary | Kind::Unknown => Glyph::File,
            Kind::Special => Glyph::Plug,
        }
    }

    /// In words: "Folder", "PNG image", "Rust code" is "RS code".
    pub fn label(self, name: &str) -> String {
        let word = match self {
            Kind::Folder => return String::from("Folder"),
            Kind::Special => return String::from("Pipe or device"),
            Kind::Markdown => return String::from("Markdown"),
            Kind::Text if name.to_ascii_lowercase().ends_with(".txt") => return String::from("Plain text"),
            Kind::Text => "text",
            Kind::Json | Kind::Csv | Kind::Pdf => "document",
            Kind::Code => "code",
            Kind::Image => "image",
            Kind::Audio => "audio",
            Kind::Video => "video",
            Kind::Archive => "archive",
            Kind::Binary | Kind::Unknown => "file",
        };
        let ending = parts(name).1.trim_start_matches('.');
        let plain = !ending.is_empty() && ending.len() <= 8 && ending.chars().all(|c| c.is_ascii_alphanumeric());
        if plain { format!("{} {word}", ending.to_ascii_uppercase()) } else { capital(word) }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_what_a_file_is() {
        for (name, kind, label) in [
            ("a.TXT", Kind::Text, "Plain text"),
            ("a.log", Kind::Text, "LOG text"),
            ("a.MD", Kind::Markdown, "Markdown"),
            ("a.png", Kind::Image, "PNG image"),
            ("a.tar.gz", Kind::Archive, "GZ archive"),
            ("main.rs", Kind::Code, "RS code"),
            ("data.csv", Kind::Csv, "CSV document"),
            (".bashrc", Kind::Unknown, "File"),
            ("README", Kind::Unknown, "File"),
            ("a.\u{202e}x", Kind::Unknown, "File"),
        ] {
            let found = Kind::of(name, FileType::File);
            assert_eq!((found, found.label(name).as_str()), (kind, label), "{name}");
        }
        assert_eq!(Kind::of("a.png", FileType::Directory), Kind::Folder);
        assert_eq!(Kind::of("a.png", FileType::Pipe), Kind::Special);
    }
}
