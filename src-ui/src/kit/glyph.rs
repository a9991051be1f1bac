//! The icons there are: Lucide's, kept in `src-ui/icons` and compiled in.

macro_rules! glyphs {
    ($($name:ident => $file:literal,)*) => {
        /// An icon's drawing; `Icon` shows it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Glyph {
            $($name,)*
        }

        impl Glyph {
            /// Every icon, in the order of their names.
            pub const ALL: &'static [Glyph] = &[$(Glyph::$name,)*];

            /// The name that Lucide gives it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Glyph::$name => $file,)*
                }
            }

            /// The shapes inside its picture of 24 by 24.
            pub fn shapes(self) -> &'static str {
                inner(match self {
                    $(Glyph::$name => include_str!(concat!("../../icons/", $file, ".svg")),)*
                })
            }
        }
    };
}

glyphs! {
    Accessibility => "accessibility",
    Activity => "activity",
    AppWindow => "app-window",
    ArrowDown => "arrow-down",
    ArrowLeft => "arrow-left",
    ArrowRight => "arrow-right",
    ArrowUp => "arrow-up",
    ArrowUpDown => "arrow-up-down",
    AtSign => "at-sign",
    Ban => "ban",
    Bell => "bell",
    BellOff => "bell-off",
    BookOpen => "book-open",
    Bot => "bot",
    Braces => "braces",
    Brain => "brain",
    Bug => "bug",
    CalendarClock => "calendar-clock",
    Camera => "camera",
    CameraOff => "camera-off",
    ChartLine => "chart-line",
    Check => "check",
    ChevronDown => "chevron-down",
    ChevronLeft => "chevron-left",
    ChevronRight => "chevron-right",
    ChevronUp => "chevron-up",
    ChevronsUpDown => "chevrons-up-down",
    Circle => "circle",
    CircleAlert => "circle-alert",
    CircleCheck => "circle-check",
    CircleDot => "circle-dot",
    CirclePause => "circle-pause",
    CirclePlay => "circle-play",
    CircleQuestionMark => "circle-question-mark",
    CircleStop => "circle-stop",
    CircleX => "circle-x",
    Clipboard => "clipboard",
    ClipboardPaste => "clipboard-paste",
    Clock => "clock",
    CloudOff => "cloud-off",
    Code => "code",
    Coins => "coins",
    Columns2 => "columns-2",
    Command => "command",
    Contrast => "contrast",
    Copy => "copy",
    CornerDownLeft => "corner-down-left",
    Cpu => "cpu",
    Database => "database",
    Download => "download",
    Ellipsis => "ellipsis",
    EllipsisVertical => "ellipsis-vertical",
    Expand => "expand",
    ExternalLink => "external-link",
    Eye => "eye",
    EyeOff => "eye-off",
    FastForward => "fast-forward",
    File => "file",
    FileArchive => "file-archive",
    FileAudio => "file-audio",
    FileCode => "file-code",
    FileDiff => "file-diff",
    FileImage => "file-image",
    FileJson => "file-json",
    FileLock => "file-lock",
    FilePlus => "file-plus",
    FileQuestionMark => "file-question-mark",
    FileSpreadsheet => "file-spreadsheet",
    FileTerminal => "file-terminal",
    FileText => "file-text",
    FileVideo => "file-video",
    Fingerprint => "fingerprint",
    Flag => "flag",
    Folder => "folder",
    FolderOpen => "folder-open",
    FolderPlus => "folder-plus",
    FolderSymlink => "folder-symlink",
    Gauge => "gauge",
    GitBranch => "git-branch",
    GitCommitHorizontal => "git-commit-horizontal",
    GitCompare => "git-compare",
    Globe => "globe",
    GripVertical => "grip-vertical",
    Hand => "hand",
    HardDrive => "hard-drive",
    Hash => "hash",
    History => "history",
    Hourglass => "hourglass",
    House => "house",
    Image => "image",
    Inbox => "inbox",
    Info => "info",
    Key => "key",
    Keyboard => "keyboard",
    Laptop => "laptop",
    Layers => "layers",
    LayoutGrid => "layout-grid",
    LayoutTemplate => "layout-template",
    Lightbulb => "lightbulb",
    Link => "link",
    List => "list",
    ListChecks => "list-checks",
    ListFilter => "list-filter",
    Lock => "lock",
    LockOpen => "lock-open",
    LogIn => "log-in",
    LogOut => "log-out",
    Maximize2 => "maximize-2",
    MemoryStick => "memory-stick",
    Menu => "menu",
    MessageCircle => "message-circle",
    Minimize => "minimize",
    Minimize2 => "minimize-2",
    Minus => "minus",
    Monitor => "monitor",
    Moon => "moon",
    MousePointerClick => "mouse-pointer-click",
    Move => "move",
    Network => "network",
    Package => "package",
    Palette => "palette",
    PanelBottom => "panel-bottom",
    PanelLeft => "panel-left",
    PanelRight => "panel-right",
    Paperclip => "paperclip",
    Pause => "pause",
    Pencil => "pencil",
    Pin => "pin",
    PinOff => "pin-off",
    Play => "play",
    Plug => "plug",
    Plus => "plus",
    Power => "power",
    QrCode => "qr-code",
    Radar => "radar",
    Redo2 => "redo-2",
    RefreshCw => "refresh-cw",
    Replace => "replace",
    Rewind => "rewind",
    RotateCcw => "rotate-ccw",
    Scissors => "scissors",
    Search => "search",
    Send => "send",
    Server => "server",
    Settings => "settings",
    Share2 => "share-2",
    Shield => "shield",
    ShieldAlert => "shield-alert",
    ShieldCheck => "shield-check",
    SlidersHorizontal => "sliders-horizontal",
    Smartphone => "smartphone",
    Sparkles => "sparkles",
    Square => "square",
    Star => "star",
    Store => "store",
    Sun => "sun",
    Table => "table",
    Tag => "tag",
    Target => "target",
    Terminal => "terminal",
    TextWrap => "text-wrap",
    ThumbsDown => "thumbs-down",
    ThumbsUp => "thumbs-up",
    Timer => "timer",
    Trash => "trash",
    Trash2 => "trash-2",
    TriangleAlert => "triangle-alert",
    Undo2 => "undo-2",
    Unplug => "unplug",
    Upload => "upload",
    User => "user",
    UserPlus => "user-plus",
    Users => "users",
    Volume2 => "volume-2",
    Wallet => "wallet",
    Wifi => "wifi",
    WifiOff => "wifi-off",
    Wind => "wind",
    Wrench => "wrench",
    X => "x",
    Zap => "zap",
    ZoomIn => "zoom-in",
    ZoomOut => "zoom-out",
}

fn inner(picture: &'static str) -> &'static str {
    picture
        .split_once('>')
        .and_then(|(_, rest)| rest.rsplit_once("</svg>"))
        .map(|(shapes, _)| shapes)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_has_shapes_and_no_script() {
        for glyph in Glyph::ALL {
            let shapes = glyph.shapes();
            assert!(shapes.starts_with('<') && shapes.ends_with("/>"), "{}", glyph.name());
            assert!(!shapes.contains("script") && !shapes.contains("href"), "{}", glyph.name());
        }
    }
}
