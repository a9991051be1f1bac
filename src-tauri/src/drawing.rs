//! How the page is drawn: by graphics hardware, or where there is none by the processor alone.
//!
//! Without hardware WebKit would compose the page's layers in emulated OpenGL, which takes many times longer than painting
//! what has changed (measured while dragging one of twenty windows: 2 frames a second against 50).

#[cfg(target_os = "linux")]
pub use linux::prepare;

/// Elsewhere the system sees to it.
#[cfg(not(target_os = "linux"))]
pub fn prepare() {}

/// What is run in the page before it draws: style/tokens.css knows the mark.
pub fn script() -> &'static str {
    #[cfg(target_os = "linux")]
    if linux::by_processor() {
        return "document.documentElement.dataset.drawing = 'processor';";
    }
    ""
}

#[cfg(target_os = "linux")]
mod linux {
    use std::env;
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::Command;

    use aether_server::program::complain;

    use crate::NAME;

    /// WebKitGTK's own switch: anything but 0 keeps it from OpenGL.
    const PLAIN: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

    /// Starts the program anew, as the same process, where the webview has to be told to draw without OpenGL: it reads that
    /// from the environment alone, which a running program cannot change safely.
    pub fn prepare() {
        if env::var_os(PLAIN).is_some() || !is_without_hardware() {
            return;
        }
        let Ok(program) = env::current_exe() else { return };
        let error = Command::new(program).args(env::args_os().skip(1)).env(PLAIN, "1").exec();
        complain(NAME, &format!("the window may be slow, because it cannot be started anew: {error}"));
    }

    pub(super) fn by_processor() -> bool {
        env::var(PLAIN).is_ok_and(|value| value != "0")
    }

    /// Without a render node no process can use the hardware; `LIBGL_ALWAYS_SOFTWARE` is Mesa's own switch.
    fn is_without_hardware() -> bool {
        let told = env::var("LIBGL_ALWAYS_SOFTWARE").is_ok_and(|value| matches!(value.as_str(), "1" | "true" | "yes"));
        told || !has_render_node(Path::new("/dev/dri"))
    }

    /// Whether a folder of device files has one that renders (Linux's drm-uapi: their names go from renderD128 on).
    fn has_render_node(folder: &Path) -> bool {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
    }

    #[cfg(test)]
    mod tests {
        use super::has_render_node;

        #[test]
        fn hardware_that_renders_has_a_node() {
            let folder = tempfile::tempdir().expect("a folder");
            assert!(!has_render_node(&folder.path().join("dri")), "no folder");
            std::fs::write(folder.path().join("card0"), "").expect("a file");
            assert!(!has_render_node(folder.path()), "a card that only shows");
            std::fs::write(folder.path().join("renderD128"), "").expect("a file");
            assert!(has_render_node(folder.path()));
        }
    }
}
