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

    /// In words: "Folder", "PNG image", "Rust source".
    pub fn label(self, name: &str) -> String {
        let ending = parts(name).1.trim_start_matches('.').to_ascii_lowercase();
        if let Some(known) = named(&ending).filter(|_| !matches!(self, Kind::Folder | Kind::Special)) {
            return known.to_owned();
        }
        let word = match self {
            Kind::Folder => return String::from("Folder"),
            Kind::Special => return String::from("Pipe or device"),
            Kind::Markdown => return String::from("Markdown"),
            Kind::Text => "text",
            Kind::Json | Kind::Pdf => "document",
            Kind::Csv => "table",
            Kind::Code => "source",
            Kind::Image => "image",
            Kind::Audio => "audio",
            Kind::Video => "video",
            Kind::Archive => "archive",
            Kind::Binary | Kind::Unknown => "file",
        };
        let plain = !ending.is_empty() && ending.len() <= 8 && ending.chars().all(|c| c.is_ascii_alphanumeric());
        if plain { format!("{} {word}", ending.to_ascii_uppercase()) } else { capital(word) }
    }
}

/// What people call the files with an ending that does not say it by itself.
fn named(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "txt" | "text" => "Plain text",
        "log" => "Log",
        "diff" | "patch" => "Patch",
        "ini" | "cfg" | "conf" | "env" => "Configuration",
        "srt" | "vtt" => "Subtitles",
        "rs" => "Rust source",
        "py" => "Python source",
        "js" | "mjs" | "cjs" | "jsx" => "JavaScript source",
        "ts" | "tsx" => "TypeScript source",
        "c" | "h" => "C source",
        "cc" | "cpp" | "hpp" => "C++ source",
        "cs" => "C# source",
        "go" => "Go source",
        "java" => "Java source",
        "kt" => "Kotlin source",
        "swift" => "Swift source",
        "rb" => "Ruby source",
        "sh" | "bash" | "zsh" | "fish" => "Shell script",
        "ps1" | "bat" => "Windows script",
        "html" | "htm" => "HTML page",
        "css" | "scss" => "Style sheet",
        "yml" | "yaml" => "YAML document",
        "toml" => "TOML document",
        "xml" => "XML document",
        "lock" => "Lock file",
        "jsonl" | "ndjson" => "JSON lines",
        "ipynb" => "Notebook",
        "jpg" | "jpeg" => "JPEG image",
        "ico" => "Icon",
        "tgz" => "TAR archive",
        "exe" => "Windows program",
        "so" | "dll" | "dylib" => "Library",
        "db" | "sqlite" | "sqlite3" => "Database",
        "ttf" | "otf" | "woff" | "woff2" => "Font",
        "doc" | "docx" => "Word document",
        "xls" | "xlsx" => "Excel workbook",
        "ppt" | "pptx" => "PowerPoint slides",
        _ => return None,
    })
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
            ("a.log", Kind::Text, "Log"),
            ("a.MD", Kind::Markdown, "Markdown"),
            ("a.png", Kind::Image, "PNG image"),
            ("a.tar.gz", Kind::Archive, "GZ archive"),
            ("main.rs", Kind::Code, "Rust source"),
            ("data.csv", Kind::Csv, "CSV table"),
            ("data.tsv", Kind::Csv, "TSV table"),
            ("a.lua", Kind::Code, "LUA source"),
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
