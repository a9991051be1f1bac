// The terminal's screen, loaded when the first terminal opens.

import "@xterm/xterm/css/xterm.css";

export { FitAddon } from "@xterm/addon-fit";
export { WebLinksAddon } from "@xterm/addon-web-links";
export { Terminal } from "@xterm/xterm";

/** A new addon that draws by WebGL. It is a part of its own: not every machine has it, and all do without. */
export async function webgl() {
  const { WebglAddon } = await import("@xterm/addon-webgl");
  return new WebglAddon();
}
