// What the page loads first: it starts the program, and keeps a copy of the desktop for when the server is away.

import init from "aether-ui";
import "./fonts.css";
import "../style/index.css";
import { url } from "./assets.js";

init({ module_or_path: url("aether.wasm") }).catch((error) => {
  console.error(error);
  const said = document.createElement("p");
  said.setAttribute("role", "alert");
  said.textContent = `Aether OS could not be started in this browser: ${error.message ?? error}. Load the page again; if it stays, use a current browser.`;
  document.body.replaceChildren(said);
});

// The window of the app has its files with it, and no server to be away.
if ("serviceWorker" in navigator && /^https?:$/.test(location.protocol) && !("__TAURI_INTERNALS__" in window)) {
  addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch((error) => console.warn("no service worker:", error));
  });
}
