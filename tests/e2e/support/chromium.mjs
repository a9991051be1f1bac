// The screen in Chromium, by Playwright.
import { chromium, selectors } from 'playwright-core';

import { evidence, found } from './places.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];
/** How long something a person waits for may take, milliseconds. */
export const PATIENCE = 15_000;

let browser;
selectors.setTestIdAttribute('data-test');

/** One browser for a file of tests; it ends with the process. */
export async function theBrowser() {
  browser ??= chromium.launch({
    executablePath: found('chromium', 'chromium-browser', 'google-chrome'),
    args: FLAGS,
    handleSIGINT: true,
    handleSIGTERM: true,
  });
  return browser;
}

export async function closeBrowser() {
  const open = await browser;
  browser = undefined;
  await open?.close();
}

/** See `screen.mjs` for what a screen is. */
export class Chromium {
  static name = 'Chromium';

  /** Opens a page of `server`; `options` are Playwright's for a context. */
  static async open(server, options = {}) {
    const screen = new Chromium();
    screen.server = server;
    screen.context = await (await theBrowser()).newContext({
      viewport: { width: 1440, height: 900 },
      colorScheme: 'dark',
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
      serviceWorkers: 'block',
      ...options,
    });
    screen.context.setDefaultTimeout(PATIENCE);
    screen.page = await screen.context.newPage();
    screen.log = [];
    screen.page.on('console', (message) => screen.log.push(`${message.type()}: ${message.text()}`));
    screen.page.on('pageerror', (error) => screen.log.push(`error: ${error}`));
    return screen;
  }

  /** True where a name and a password are asked for. */
  asksWho = true;

  async goto(path = '/') {
    await this.page.goto(this.server.url + path);
  }

  #find({ role, name, exact = true, label, text, test, css, within }) {
    const from = within ? this.#find(within) : this.page;
    if (test) return from.getByTestId(test).first();
    if (css) return from.locator(css).first();
    if (label) return from.getByLabel(label, { exact: true }).first();
    if (text) return from.getByText(text).and(this.page.locator(':visible')).first();
    return from.getByRole(role, { name, exact: typeof name === 'string' && exact }).first();
  }

  async click(target) {
    await this.#find(target).click();
  }

  async fill(target, text) {
    await this.#find(target).fill(text);
  }

  async focus(target) {
    await this.#find(target).focus();
  }

  /** Presses a key, with others held: `Control+Alt+ArrowLeft`. */
  async press(keys) {
    await this.page.keyboard.press(keys);
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  async see(target, patience = PATIENCE) {
    await this.#find(target).waitFor({ state: 'visible', timeout: patience });
  }

  async gone(target) {
    await this.#find(target).waitFor({ state: 'hidden' });
  }

  async read(target) {
    return (await this.#find(target).innerText()).trim();
  }

  /** Waits until a function of the page gives something true, and gives that. */
  async until(fn, arg, patience = PATIENCE) {
    const handle = await this.page.waitForFunction(fn, arg, { timeout: patience });
    return handle.jsonValue();
  }

  async script(fn, arg) {
    return this.page.evaluate(fn, arg);
  }

  async reload() {
    await this.page.reload();
  }

  async screenshot(name) {
    const path = evidence(`${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  async close() {
    await this.context.close();
  }
}

