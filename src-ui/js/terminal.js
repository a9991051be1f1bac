// The terminal's screen, loaded when the first terminal opens: what the program needs of xterm, and nothing more.

import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";

const SCROLLBACK = 5000;
/** What the scrollbar takes of the width, in pixels. */
const RULER = 10;
/** The smallest letters that a terminal of a fixed size is shrunk to, in pixels; one that is larger still is scrolled. */
const SMALLEST = 10;
/** What programs ask a terminal: its kind, its state, its colours. Each is a kind of sequence and how it is named. */
const QUESTIONS = [
  ["Csi", { final: "c" }],
  ["Csi", { prefix: ">", final: "c" }],
  ["Csi", { prefix: "=", final: "c" }],
  ["Csi", { final: "n" }],
  ["Csi", { prefix: "?", final: "n" }],
  ["Csi", { prefix: ">", final: "q" }],
  ["Csi", { intermediates: "$", final: "p" }],
  ["Csi", { prefix: "?", intermediates: "$", final: "p" }],
  ["Dcs", { intermediates: "$", final: "q" }],
  ["Osc", 4],
  ["Osc", 10],
  ["Osc", 11],
  ["Osc", 12],
];

/**
 * Opens a screen in `host`. `options` is JSON: `{font, size, line, label, readonly, theme}`. `heard` is told what
 * happens: `typed(bytes)`, `title(text)`, `bell()`, `shaped(columns, rows)`, `found(index, count)`, `restyled()`; and
 * asked `key(event)`, whether a key is the program's.
 */
export async function open(host, options, heard) {
  const wanted = JSON.parse(options);
  // Cells are measured when it opens, so the letters have to be there.
  await Promise.allSettled(["", "bold "].map((weight) => document.fonts.load(`${weight}${wanted.size}px ${wanted.font}`)));
  return new Screen(host, wanted, heard);
}

class Screen {
  #host;
  #terminal;
  #size;
  #fixed;
  /** What a letter takes for each pixel of its size. What is measured after a change of size may still be of the old one. */
  #letter;
  /** What is being drawn: whether it is old, and who waits for it. */
  #drawing = [];
  #fit = new FitAddon();
  #search = new SearchAddon();
  #resized;
  #restyled;
  #frame = 0;

  constructor(host, { font, size, line, label, readonly, theme }, heard) {
    this.#host = host;
    this.#size = size;
    const terminal = new Terminal({
      allowProposedApi: true, // marks of what was found
      cursorBlink: false,
      cursorInactiveStyle: readonly ? "none" : "outline",
      disableStdin: readonly,
      fontFamily: font,
      fontSize: size,
      lineHeight: line,
      linkHandler: {
        activate: (_, target) => visit(target),
        hover: (_, target) => (host.title = target),
        leave: () => (host.title = ""),
      },
      macOptionIsMeta: false,
      minimumContrastRatio: 4.5,
      overviewRuler: { width: RULER },
      screenReaderMode: true,
      scrollback: SCROLLBACK,
      theme,
    });
    this.#terminal = terminal;
    terminal.loadAddon(this.#fit);
    terminal.loadAddon(this.#search);
    terminal.loadAddon(new WebLinksAddon((_, target) => visit(target)));
    for (const [kind, name] of QUESTIONS) {
      terminal.parser[`register${kind}Handler`](name, (data) => this.#isOld && (kind !== "Osc" || data.includes("?")));
    }
    terminal.attachCustomKeyEventHandler((event) => heard.key(event));
    const encoder = new TextEncoder();
    terminal.onData((text) => readonly || heard.typed(encoder.encode(text)));
    terminal.onBinary((text) => readonly || heard.typed(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
    terminal.onTitleChange((text) => heard.title(text));
    terminal.onBell(() => this.#isOld || heard.bell());
    terminal.onResize(({ cols, rows }) => this.#fixed || heard.shaped(cols, rows));
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) => heard.found(resultIndex, resultCount));
    terminal.open(host);
    terminal.textarea.setAttribute("aria-label", label);
    this.#resized = new ResizeObserver(() => this.#shapeSoon());
    this.#resized.observe(host);
    this.#restyled = new MutationObserver(() => heard.restyled());
    this.#restyled.observe(document.documentElement, { attributes: true });
    this.#shape();
    this.#speedUp();
  }

  /** A machine without WebGL, or with too many screens of it, draws by elements. */
  async #speedUp() {
    try {
      const { WebglAddon } = await import("@xterm/addon-webgl");
      const drawing = new WebglAddon();
      drawing.onContextLoss(() => drawing.dispose());
      this.#terminal.loadAddon(drawing);
    } catch {
      // It is drawn by elements already.
    }
  }

  #shapeSoon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#shape());
  }

  #shape() {
    const room = this.#host.clientWidth > 0 && this.#fit.proposeDimensions();
    if (!room || !(room.cols > 1 && room.rows > 0)) {
      return;
    }
    this.#letter ??= this.#measured();
    if (this.#fixed) {
      const { cols, rows } = this.#fixed;
      const { width, height } = this.#free();
      const size = Math.min(width / (cols * this.#letter.width), height / (rows * this.#letter.height));
      // Room between lines would be taken from the letters.
      this.#terminal.options.lineHeight = 1;
      this.#terminal.options.fontSize = Math.floor(Math.min(Math.max(size, SMALLEST), this.#size) * 2) / 2;
      this.#terminal.resize(cols, rows);
      this.#host.classList.add("term__host--fixed");
      this.#showCursor();
    } else {
      this.#fit.fit();
    }
  }

  /** Brings the line that is written to into sight, where the room is too small for all of them. */
  #showCursor() {
    const { buffer, element, rows } = this.#terminal;
    const line = element.querySelector(".xterm-screen").clientHeight / rows;
    const below = element.offsetTop + (buffer.active.cursorY + 2) * line;
    this.#host.scrollTop = Math.max(0, below - this.#host.clientHeight);
  }

  #measured() {
    const { cols, rows, options, element } = this.#terminal;
    const { width, height } = element.querySelector(".xterm-screen").getBoundingClientRect();
    return { width: width / cols / options.fontSize, height: height / rows / options.fontSize / options.lineHeight };
  }

  /** The room that letters may take, in pixels. */
  #free() {
    const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(this.#terminal.element);
    const without = (whole, ...taken) => taken.reduce((left, one) => left - parseFloat(one), whole);
    return {
      width: without(this.#host.clientWidth, paddingLeft, paddingRight, RULER),
      height: without(this.#host.clientHeight, paddingTop, paddingBottom),
    };
  }

  get columns() {
    return this.#terminal.cols;
  }

  get rows() {
    return this.#terminal.rows;
  }

  /** Keeps this many columns and rows from now on, and makes the letters smaller where there is no room for them. */
  fix(cols, rows) {
    this.#fixed = { cols, rows };
    this.#shape();
  }

  get #isOld() {
    return this.#drawing.length > 0 && this.#drawing[0].old;
  }

  /**
   * Draws bytes after those before; the promise is kept once they are drawn. What is `old` was drawn on some screen
   * before: questions in it have been answered, and bells been rung.
   */
  write(bytes, old) {
    return new Promise((done) => {
      this.#drawing.push({ old, done });
      this.#terminal.write(bytes, () => {
        this.#drawing.shift()?.done();
        if (this.#fixed) {
          this.#showCursor();
        }
      });
    });
  }

  theme(json) {
    this.#terminal.options.theme = JSON.parse(json);
  }

  focus() {
    this.#terminal.focus();
  }

  /** Types what a person pressed on another keyboard than that of the machine. */
  press(text) {
    this.#terminal.input(text, true);
  }

  arrow(letter) {
    this.press(`\x1b${this.#terminal.modes.applicationCursorKeysMode ? "O" : "["}${letter}`);
  }

  paste(text) {
    this.#terminal.paste(text);
  }

  get selection() {
    return this.#terminal.getSelection();
  }

  selectAll() {
    this.#terminal.selectAll();
  }

  /** True if it was found. The marks have the colours of `marks`, which is JSON for the addon. */
  find(text, backwards, incremental, marks) {
    const options = { incremental, decorations: JSON.parse(marks) };
    return backwards ? this.#search.findPrevious(text, options) : this.#search.findNext(text, options);
  }

  endFind() {
    this.#search.clearDecorations();
    this.#terminal.clearSelection();
  }

  clear() {
    this.#terminal.clear();
  }

  reset() {
    this.#terminal.reset();
  }

  /** True while a program has the whole screen. */
  get whole() {
    return this.#terminal.buffer.active.type === "alternate";
  }

  /** The line with the cursor, up to it. */
  get line() {
    const { baseY, cursorX, cursorY } = this.#terminal.buffer.active;
    return this.#terminal.buffer.active.getLine(baseY + cursorY)?.translateToString(false, 0, cursorX) ?? "";
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.#resized.disconnect();
    this.#restyled.disconnect();
    this.#terminal.dispose();
    for (const { done } of this.#drawing.splice(0)) {
      done();
    }
  }
}

/** Opens a page in a tab that knows nothing of this one. */
function visit(target) {
  if (/^https?:/i.test(target)) {
    window.open(target, "_blank", "noopener,noreferrer");
  }
}
