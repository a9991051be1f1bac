// Links to files of the kernel that are to be saved are followed by the program: a webview takes an answer of this scheme
// whole, and saves none. Only the page that came with the program can ask for it. What agents wrote is shown in frames; on
// Windows those have this script and hear commands too, so nothing is ever framed that could hold script (desktop.rs, files.rs).
addEventListener('click', (event) => {
  const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (!link || !/^(aether-file:\/\/|http:\/\/aether-file\.)localhost\/.*\?download=1$/.test(link.href)) return;
  event.preventDefault();
  globalThis.__TAURI_INTERNALS__.invoke('download', { url: link.href }).catch((error) => console.error(error));
}, true);
