// The screen in the real window, by WebDriver: `aether-desktop` under Xvfb, with the kernel in the same program.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import webdriver from 'selenium-webdriver';

import { PATIENCE } from './chromium.mjs';
import { end, freePort, start } from './child.mjs';
import { eventually } from './eventually.mjs';
import { evidence, found, ours, packaged, tauriDriver } from './places.mjs';
import { Wire } from './wire.mjs';

const { Builder, Capabilities, Key } = webdriver;
const KEYS = {
  Control: Key.CONTROL,
  Alt: Key.ALT,
  Shift: Key.SHIFT,
  Enter: Key.ENTER,
  Escape: Key.ESCAPE,
  Tab: Key.TAB,
  ArrowLeft: Key.ARROW_LEFT,
  ArrowRight: Key.ARROW_RIGHT,
  ArrowUp: Key.ARROW_UP,
  ArrowDown: Key.ARROW_DOWN,
};

/** A display, a driver and the program, on a folder of their own. */
export class Host {
  static async start({ model, size = '1440x900' } = {}) {
    const host = new Host();
    host.root = mkdtempSync(join(tmpdir(), 'aether-window-'));
    mkdirSync(join(host.root, 'etc'));
    // Otherwise closing the window asks whether agents shall go on.
    writeFileSync(join(host.root, 'etc/desktop.toml'), 'keep_running = false\n');
    const words = ['-displayfd', '1', '-screen', '0', `${size}x24`, '-nolisten', 'tcp'];
    host.display = await start(found('Xvfb'), words, { env: { PATH: process.env.PATH }, ready: /^\d+$/ });
    const display = host.display.lines.find((line) => /^\d+$/.test(line));
    const [port, native] = [await freePort(), await freePort()];
    const env = {
      PATH: process.env.PATH,
      HOME: host.root,
      DISPLAY: `:${display}`,
      XDG_RUNTIME_DIR: host.root,
      // No session bus: two windows in two tests are not one program.
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
      NO_AT_BRIDGE: '1',
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
      AETHER_KEYRING: '0',
      AETHER_RATE_LIMIT: '0',
      AETHER_LOG_LEVEL: 'error',
      OLLAMA_HOST: 'http://127.0.0.1:1',
      ...model?.env,
    };
    const bin = found('WebKitWebDriver');
    const driverWords = ['--port', String(port), '--native-port', String(native), '--native-driver', bin];
    host.driver = await start(tauriDriver, driverWords, { env });
    await eventually('the driver', () => fetch(`http://127.0.0.1:${port}/status`).then((answer) => answer.ok));
    const capabilities = new Capabilities();
    capabilities.set('tauri:options', { application: ours('aether-desktop'), args: ['--root', host.root] });
    capabilities.setBrowserName('wry');
    host.session = await new Builder().withCapabilities(capabilities).usingServer(`http://127.0.0.1:${port}`).build();
    host.child = host.driver;
    return host;
  }

  /** A socket of the local owner. */
  wire() {
    return eventually('the kernel of the window', () => Wire.local(join(this.root, 'run/aether.sock')));
  }

  home(pid) {
    return join(this.root, `home/agent_${pid}`);
  }

  async stop() {
    await this.session?.quit().catch(() => {});
    await end(this.driver, 'SIGTERM');
    await end(this.display);
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** See `screen.mjs` for what a screen is. */
export class AppWindow {
  static server = (model) => Host.start({ model });

  static async open(server) {
    const screen = new AppWindow();
    screen.server = server;
    screen.driver = server.session;
    return screen;
  }

  /** The kernel is in the same program: nobody is asked for a name. */
  asksWho = false;

  async goto() {}

  /** The element of a target, once it is there to be used. */
  async #find(target, patience = PATIENCE) {
    return eventually(`${JSON.stringify(target, showPatterns)} in the window`, () => this.#look(target), patience);
  }

  async #look(target) {
    const looked = await this.driver.executeScript(LOOK, portable(target));
    if (looked !== 'unprepared') return looked;
    await this.driver.executeScript(`${packaged(LIBRARY)};window.TestingLibraryDom = this.TestingLibraryDom ?? TestingLibraryDom`);
    return this.driver.executeScript(LOOK, portable(target));
  }

  async click(target) {
    await eventually(`a click on ${JSON.stringify(target, showPatterns)}`, async () => {
      await (await this.#find(target)).click();
      return true;
    });
  }

  async fill(target, text) {
    const element = await this.#find(target);
    // Typed over what is there, as a person does: a value that is taken away from outside is put back by the page.
    await this.focus(target);
    await this.press('Control+a');
    await element.sendKeys(text);
  }

  async focus(target) {
    await this.driver.executeScript('arguments[0].focus()', await this.#find(target));
  }

  async press(keys) {
    const words = keys.split('+').map((word) => KEYS[word] ?? word);
    let actions = this.driver.actions();
    for (const word of words) actions = actions.keyDown(word);
    for (const word of words.reverse()) actions = actions.keyUp(word);
    await actions.perform();
  }

  async type(text) {
    await this.driver.actions().sendKeys(text).perform();
  }

  async see(target, patience) {
    await this.#find(target, patience);
  }

  async gone(target) {
    await eventually(`no ${JSON.stringify(target, showPatterns)}`, async () => !(await this.#look(target)));
  }

  async read(target) {
    return (await (await this.#find(target)).getText()).trim();
  }

  async until(fn, arg, patience = PATIENCE) {
    return eventually(`${fn}`, () => this.script(fn, arg), patience);
  }

  async script(fn, arg) {
    return this.driver.executeScript(`return (${fn})(arguments[0])`, arg);
  }

  async reload() {
    await this.driver.navigate().refresh();
  }

  async screenshot(name) {
    const path = evidence(`${name}.png`);
    writeFileSync(path, await this.driver.takeScreenshot(), 'base64');
    return path;
  }

  async close() {}
}

const LIBRARY = '@testing-library/dom/dist/@testing-library/dom.umd.min.js';

/** Looks for a target in the page: by role and name as assistive technology has them. */
const LOOK = `return (${function look(target) {
  // A hidden parent hides it, too.
  const seen = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';
  const find = (target) => {
    const root = target.within ? find(target.within).find(seen) : document.body;
    if (!root) return [];
    if (target.test) return [...root.querySelectorAll(`[data-test="${target.test}"]`)];
    if (target.css) return [...root.querySelectorAll(target.css)];
    const library = window.TestingLibraryDom;
    const text = (value) => (value?.pattern ? new RegExp(value.pattern, value.flags) : value);
    if (target.label) return library.queryAllByLabelText(root, target.label);
    if (target.text) return library.queryAllByText(root, text(target.text), { exact: false });
    return library.queryAllByRole(root, target.role, { name: text(target.name), exact: target.exact ?? true });
  };
  if (!window.TestingLibraryDom) return 'unprepared';
  return find(target).find(seen);
}})(arguments[0])`;

/** Patterns do not survive JSON. */
function portable(target) {
  return JSON.parse(JSON.stringify(target, (_, value) => (value instanceof RegExp ? { pattern: value.source, flags: value.flags } : value)));
}

function showPatterns(_, value) {
  return value instanceof RegExp ? String(value) : value;
}
