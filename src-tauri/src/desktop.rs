//! The program with its window: what starts in which order, and what the parts share.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aether_server::Network;
use aether_server::program::{self, Failure, Options, Program, Signals};
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{App, AppHandle, Manager, RunEvent, Url, WebviewWindowBuilder, WindowEvent};
use tauri_plugin_deep_link::DeepLinkExt;
use tauri_plugin_window_state::StateFlags;
use tokio::sync::watch;

use crate::attention::{Attention, Counts, Ended};
use crate::bridge::{self, Links};
use crate::{NAME, downloads, drawing, ending, files, menu, notice, tray};

/// The label of the window.
pub const WINDOW: &str = "main";
/// The scheme of addresses that show something in the window.
const ADDRESSES: &str = "aether";
/// A window is shown once its kernel runs; after this long also before, so that the person sees that something starts.
const PATIENCE: Duration = Duration::from_millis(800);

/// Why there is no window where nothing could show one.
const NO_DISPLAY: &str = "The window could not be opened: there is no display. Start with --headless for none.";

/// What the parts of the program share.
pub struct Desktop {
    pub root: PathBuf,
    pub links: Links,
    pub has_tray: AtomicBool,
    /// True once the program is about to end.
    pub ending: AtomicBool,
    kernel: watch::Sender<Kernel>,
    counts: watch::Sender<Counts>,
}

/// Where the kernel is.
#[derive(Clone)]
enum Kernel {
    Starting,
    Runs(Arc<Program>),
    Over,
}

impl Desktop {
    pub fn new(root: PathBuf) -> Arc<Desktop> {
        Arc::new(Desktop {
            root,
            links: Links::default(),
            has_tray: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            kernel: watch::Sender::new(Kernel::Starting),
            counts: watch::Sender::new(Counts::default()),
        })
    }

    /// The kernel once it runs; none if it ended or never could.
    pub async fn program(&self) -> Option<Arc<Program>> {
        let mut kernel = self.kernel.subscribe();
        let known = kernel.wait_for(|kernel| !matches!(kernel, Kernel::Starting)).await;
        match &*known.ok()? {
            Kernel::Runs(program) => Some(program.clone()),
            Kernel::Starting | Kernel::Over => None,
        }
    }

    pub fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// There is a kernel.
    pub fn runs(&self, program: Arc<Program>) {
        self.kernel.send_replace(Kernel::Runs(program));
    }

    /// There is no kernel, or not any more.
    pub fn over(&self) {
        self.kernel.send_replace(Kernel::Over);
    }

    /// Ends the kernel in order, once it has started.
    pub async fn end(&self) -> Result<(), Failure> {
        let ended = match self.program().await {
            Some(program) => program.end().await,
            None => Ok(()),
        };
        self.over();
        ended
    }

    fn is_over(&self) -> bool {
        matches!(*self.kernel.borrow(), Kernel::Over)
    }
}

/// Runs until the person quits.
pub fn run(options: &Options, addresses: Vec<String>) -> ExitCode {
    let fail = |reason: String, code: u8| {
        program::complain(NAME, &reason);
        ExitCode::from(code)
    };
    if let Err(reason) = program::start_log() {
        return fail(reason, 2);
    }
    let config = match options.configure() {
        Ok(config) => config,
        Err(error) => return fail(error.to_string(), 2),
    };
    let runtime = match program::runtime() {
        Ok(runtime) => runtime,
        Err(error) => return fail(error.to_string(), 1),
    };
    if !has_display() {
        return fail(NO_DISPLAY.to_owned(), 1);
    }
    tauri::async_runtime::set(runtime.handle().clone());
    let desktop = Desktop::new(config.root.clone());
    for address in addresses {
        desktop.links.show(address);
    }

    // What draws the window is looked for only now; on Linux it panics where there is no display.
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build(options, config, desktop)));
    let app = match built {
        Ok(Ok(app)) => app,
        Ok(Err(error)) => {
            return fail(format!("The window could not be opened: {error}. Start with --headless for none."), 1);
        }
        Err(_) => return fail(NO_DISPLAY.to_owned(), 1),
    };
    let code = app.run_return(on_event);
    runtime.shutdown_timeout(Duration::from_secs(1));
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// False where nothing could show a window.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("WAYLAND_DISPLAY") || set("DISPLAY")
}

fn build(options: &Options, config: program::Config, desktop: Arc<Desktop>) -> tauri::Result<App> {
    let mut builder = tauri::Builder::default();
    // Each data root has a kernel of its own, so only the usual one is looked for among the programs that run.
    if options.root.is_none() && std::env::var_os("AETHER_FS_ROOT").is_none() {
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| reveal(app)));
    }
    let state = StateFlags::all() - StateFlags::VISIBLE;
    let until_eof = options.until_eof;
    menu::install(builder)
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_window_state::Builder::default().with_state_flags(state).build())
        .manage(desktop)
        .register_asynchronous_uri_scheme_protocol(files::SCHEME, files::serve)
        .invoke_handler(tauri::generate_handler![bridge::link, downloads::download])
        .setup(move |app| {
            open_window(app)?;
            follow_addresses(app);
            tauri::async_runtime::spawn(start(app.handle().clone(), config, until_eof));
            Ok(())
        })
        .build(tauri::generate_context!())
}

fn open_window(app: &App) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.iter().find(|window| window.label == WINDOW) else {
        return Err(tauri::Error::WindowNotFound);
    };
    WebviewWindowBuilder::from_config(app, config)?
        // The page stays the page: what it links to belongs into the browser.
        .on_navigation(|url| {
            let stays = is_page(url) || is_framed(url);
            if !stays {
                browse(url);
            }
            stays
        })
        .on_new_window(|url, _features| {
            browse(&url);
            NewWindowResponse::Deny
        })
        .initialization_script(downloads::SCRIPT)
        .initialization_script(drawing::script())
        .on_download(downloads::follow())
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Started {
                window.state::<Arc<Desktop>>().links.close(window.label());
            }
        })
        .build()
        .map(drop)
}

/// True for the page that came with the program, and for nothing else that one of the program's schemes shows.
pub fn is_page(url: &Url) -> bool {
    let host = match url.scheme() {
        "tauri" => "localhost",
        // There a scheme is a host.
        "http" | "https" if cfg!(windows) => "tauri.localhost",
        _ => return false,
    };
    url.host_str() == Some(host) && url.port().is_none()
}

/// True for what the page shows in a frame. Only some systems ask about frames, and they do not say that it is one: the
/// page itself never goes to such a place. To save a file is no way to go: only the page's own word does.
fn is_framed(url: &Url) -> bool {
    match url.scheme() {
        "blob" | "about" => true,
        _ if files::is_here(url) => files::is_document(url) && files::to_save(url).is_none(),
        _ => false,
    }
}

fn browse(url: &Url) {
    if !matches!(url.scheme(), "http" | "https" | "mailto") || files::is_here(url) {
        return;
    }
    if let Err(error) = tauri_plugin_opener::open_url(url.as_str(), None::<&str>) {
        tracing::warn!(%error, %url, "the browser could not be opened");
    }
}

/// Shows what the system asks for by an address, from this start or a later one.
fn follow_addresses(app: &App) {
    let handle = app.handle().clone();
    app.deep_link().on_open_url(move |event| {
        for url in event.urls().into_iter().filter(|url| url.scheme() == ADDRESSES) {
            handle.state::<Arc<Desktop>>().links.show(url.into());
        }
        reveal(&handle);
    });
}

/// Brings the window to the front.
pub fn reveal(app: &AppHandle) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window could not be brought to the front");
    }
}

/// Starts the kernel and stays with it until it ends.
async fn start(app: AppHandle, config: program::Config, until_eof: bool) {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return ending::fail(&app, error.to_string(), None),
    };
    let desktop = app.state::<Arc<Desktop>>().inner().clone();
    let network = if config.server.desktop_http { Network::Open } else { Network::Closed };
    let starting = Program::start(config, network);
    tokio::pin!(starting);
    let started = match tokio::time::timeout(PATIENCE, &mut starting).await {
        Ok(started) => started,
        Err(_) => {
            reveal(&app);
            starting.await
        }
    };
    let program = match started {
        Ok(program) => Arc::new(program),
        Err(failure) => {
            let (message, url) = match failure {
                Failure::InUse { message, url } => (message, url),
                Failure::Other(message) => (message, None),
            };
            ending::fail(&app, message, url);
            signals.next().await;
            return ending::give_up(&app);
        }
    };
    program.greet();
    desktop.runs(program.clone());
    if !desktop.ending.load(Ordering::Relaxed) {
        reveal(&app);
    }
    tray::begin(&app).await;
    tauri::async_runtime::spawn(look_after(app.clone(), program.clone()));
    program.asked_to_end(&mut signals, until_eof).await;
    ending::quit(&app);
}

/// Keeps the tray up to date and tells the person what concerns them.
async fn look_after(app: AppHandle, program: Arc<Program>) {
    let mut attention = Attention::default();
    let changed = |counts: Counts| {
        let is_new = app.state::<Arc<Desktop>>().counts.send_if_modified(|known| {
            let is_new = *known != counts;
            *known = counts;
            is_new
        });
        if is_new {
            tray::update(&app, counts);
        }
    };
    while attention.follow(program.server().link(), changed, |news| notice::show(&app, news)).await == Ended::Lost {
        if app.state::<Arc<Desktop>>().is_over() {
            return;
        }
    }
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, label, .. } => {
            api.prevent_close();
            if let Some(window) = app.get_webview_window(&label) {
                ending::on_close(&window);
            }
        }
        RunEvent::ExitRequested { api, .. } if !app.state::<Arc<Desktop>>().is_over() => {
            api.prevent_exit();
            ending::quit(app);
        }
        // Systems that do not ask first: the kernel ends in order all the same.
        RunEvent::Exit if !app.state::<Arc<Desktop>>().is_over() => {
            let desktop = app.state::<Arc<Desktop>>().inner().clone();
            if let Err(error) = tauri::async_runtime::block_on(desktop.end()) {
                tracing::error!(%error, "the end was not orderly");
            }
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => reveal(app),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PAGE, STRANGERS, url};

    #[test]
    fn the_window_shows_the_page_and_no_file_that_could_pass_for_it() {
        assert!(is_page(&url(PAGE)) && is_page(&url(&format!("{PAGE}?gallery"))));
        for stranger in STRANGERS {
            assert!(!is_page(&url(stranger)), "{stranger}");
        }
        assert!(is_framed(&url("aether-file://localhost/home/ada/a.pdf?v=1")) && is_framed(&url("about:blank")));
        for other in ["aether-file://localhost/a.html", "aether-file://localhost/a.svg", "https://box/a.pdf", PAGE] {
            assert!(!is_framed(&url(other)), "{other}");
        }
    }
}
