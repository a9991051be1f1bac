// The page's end of its link to the kernel in the same process: `aether.2` over one command and one channel of Tauri.
// Its other end is src-tauri/src/bridge.rs, which says what a batch is.

const TEXT = 1, BYTES = 2, TAKEN = 3, CLOSE = 4;
// Bytes that go out in one call, unless one frame has more.
const BATCH = 1 << 20;
// What is taken before the kernel is told: so many characters or bytes, or so many frames.
const STEP = 1 << 17, FRAMES = 32;

/** True in the window of the desktop program. */
export function available() {
  return Boolean(globalThis.__TAURI_INTERNALS__);
}

/**
 * Opens a link; the page's older one closes. `onText(string)` and `onBytes(Uint8Array)` get the kernel's frames in
 * order; `onClose(code, reason)` is called once when the link ends, unless the page ended it. Addresses of the scheme
 * `aether` that the system hands to the program arrive at the window as `deep-link` events, the address in `detail`.
 */
export function open(onText, onBytes, onClose) {
  const { invoke, transformCallback, unregisterCallback } = globalThis.__TAURI_INTERNALS__;
  const encoder = new TextEncoder();
  let id = null, over = false;
  let waiting = [], sending = false;
  let taken = 0, frames = 0;

  const end = (code, reason) => {
    if (over) return;
    over = true;
    onClose(code, reason);
  };

  // One call at a time, with all that waits: the calls of Tauri run side by side and would lose the order.
  const send = async () => {
    if (sending || id === null) return;
    sending = true;
    try {
      while (waiting.length > 0) await invoke('link', batch());
    } catch (error) {
      end(1006, String(error));
    }
    sending = false;
  };

  const batch = () => {
    let size = 4, count = 0;
    while (count < waiting.length && (count === 0 || size < BATCH)) size += 5 + waiting[count++].bytes.length;
    const body = new Uint8Array(size), view = new DataView(body.buffer);
    view.setUint32(0, id);
    let at = 4;
    for (const { kind, bytes } of waiting.splice(0, count)) {
      view.setUint8(at, kind);
      view.setUint32(at + 1, bytes.length);
      body.set(bytes, at + 5);
      at += 5 + bytes.length;
    }
    return body;
  };

  const put = (kind, bytes) => {
    waiting.push({ kind, bytes });
    send();
  };

  const take = (message) => {
    if (over) return;
    if (typeof message !== 'string' && !(message instanceof ArrayBuffer)) {
      if (message.link) window.dispatchEvent(new CustomEvent('deep-link', { detail: message.link }));
      if (message.close) end(message.close.code, message.close.reason);
      return;
    }
    try {
      if (typeof message === 'string') onText(message);
      else onBytes(new Uint8Array(message));
    } finally {
      taken += message.length ?? message.byteLength;
      frames += 1;
      if (!over && (taken >= STEP || frames >= FRAMES)) {
        const count = new Uint8Array(4);
        new DataView(count.buffer).setUint32(0, frames);
        taken = frames = 0;
        put(TAKEN, count);
      }
    }
  };

  // Large messages come another way than small ones and may be overtaken: their index puts them in order.
  const early = new Map();
  let next = 0;
  const callback = transformCallback((arrived) => {
    early.set(arrived.index, arrived);
    while (early.has(next)) {
      const { message, end: last } = early.get(next);
      early.delete(next++);
      if (!last) {
        take(message);
        continue;
      }
      unregisterCallback(callback);
      end(1006, 'The program has closed the link.');
    }
  });

  invoke('link', { channel: `__CHANNEL__:${callback}` }).then(
    (opened) => {
      id = opened;
      send();
    },
    (error) => end(1006, String(error)),
  );

  return {
    sendText(text) {
      if (!over) put(TEXT, encoder.encode(text));
    },
    sendBytes(bytes) {
      if (!over) put(BYTES, bytes.slice());
    },
    close() {
      if (over) return;
      over = true;
      put(CLOSE, new Uint8Array(0));
    },
  };
}
