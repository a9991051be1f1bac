// The shell: signing in, menus, the Smart Bar, shortcuts, what stays over a reload.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { eventually } from './support/eventually.mjs';
import { scene } from './support/scene.mjs';
import { PASSWORD } from './support/server.mjs';
import { lying, windowThat } from './support/windows.mjs';

after(closeBrowser);

const theme = () => document.documentElement.dataset.theme;

scene('a wrong password is refused in words and a right one opens the desktop', { signedIn: false }, async ({ screen }) => {
  await screen.see({ role: 'heading', name: 'Aether OS' });
  await screen.fill({ role: 'textbox', name: 'Username' }, 'admin');
  await screen.fill({ css: 'input[type=password]' }, 'not the password');
  await screen.press('Enter');
  await screen.see({ role: 'alert' });
  assert.match(await screen.read({ role: 'alert' }), /Invalid credentials/);
  await screen.fill({ css: 'input[type=password]' }, PASSWORD);
  await screen.press('Enter');
  await screen.see({ css: '.desktop' });
  await screen.see({ role: 'region', name: 'Mission Control' });
});

scene('the Smart Bar opens apps, does actions and turns a sentence into an agent', {}, async ({ screen }) => {
  await screen.press('Control+k');
  await screen.see({ role: 'dialog', name: 'Smart Bar' });
  await screen.type('sett');
  await screen.press('Enter');
  await windowThat(screen, 'Settings – Models', { front: true });
  await screen.gone({ role: 'dialog', name: 'Smart Bar' });

  await screen.press('Control+k');
  await screen.see({ role: 'dialog', name: 'Smart Bar' });
  await screen.type('light');
  await screen.see({ role: 'option', name: /^Light/ });
  await screen.press('Enter');
  await screen.until(() => document.documentElement.dataset.theme === 'light');

  await screen.press('Control+k');
  await screen.see({ role: 'dialog', name: 'Smart Bar' });
  await screen.type('paint the fence');
  await screen.see({ role: 'option', name: /paint the fence/ });
  await screen.press('Escape');
  await screen.gone({ role: 'dialog', name: 'Smart Bar' });
});

scene('what is typed before the Smart Bar is drawn lands in it, and nothing of it elsewhere', {}, async ({ screen }) => {
  // As fast as keys can come: all of them before the next frame.
  const typed = await screen.script(() => {
    const press = (key, held = {}) => {
      const from = document.activeElement ?? document.body;
      const event = new KeyboardEvent('keydown', { key, code: `Key${key.toUpperCase()}`, bubbles: true, cancelable: true, ...held });
      return !from.dispatchEvent(event);
    };
    press('k', { ctrlKey: true });
    return ['s', 'e', 't', 'x', 'Backspace', 't'].map((key) => press(key));
  });
  assert.deepEqual(typed, Array(6).fill(true), 'each key was taken');
  await screen.until(() => document.querySelector('.smart-bar__input')?.value === 'sett');
  await screen.type('in');
  await screen.until(() => document.querySelector('.smart-bar__input').value === 'settin');
  await screen.press('Enter');
  await windowThat(screen, 'Settings – Models', { front: true });
  await screen.press('Control+k');
  await screen.until(() => document.querySelector('.smart-bar__input')?.value === '');
  await screen.script(() => document.activeElement.blur());
  await screen.type('fi');
  await screen.until(() => document.querySelector('.smart-bar__input').value === 'fi');
});

scene('the Smart Bar finds files by their names', {}, async ({ screen, wire }) => {
  await wire.call('fs.write', { path: '/shared/harvest-plan.md', content: '# Harvest' });
  await screen.press('Control+k');
  await screen.see({ role: 'dialog', name: 'Smart Bar' });
  await screen.type('harvest');
  await screen.see({ role: 'option', name: /harvest-plan\.md/ });
});

scene('every shortcut is listed, and Escape closes the list', {}, async ({ screen }) => {
  await screen.press('Control+/');
  await screen.see({ role: 'dialog', name: 'Keyboard shortcuts' });
  const said = await screen.read({ role: 'dialog', name: 'Keyboard shortcuts' });
  for (const line of ['Tile to the left', 'Switch theme', 'Next window', 'Move left', 'Make wider']) {
    assert.ok(said.includes(line), `${line} is not listed:\n${said}`);
  }
  await screen.press('Escape');
  await screen.gone({ role: 'dialog', name: 'Keyboard shortcuts' });
});

scene('menus are walked by keys, and what cannot be done is not done', {}, async ({ screen }) => {
  await screen.click({ role: 'button', name: 'File' });
  await screen.see({ role: 'menu', name: 'File' });
  await screen.press('ArrowRight');
  await screen.see({ role: 'menu', name: 'View' });
  await screen.press('ArrowLeft');
  await screen.see({ role: 'menu', name: 'File' });
  await screen.press('Escape');
  await screen.gone({ role: 'menu' });
  await screen.click({ role: 'button', name: 'Agents' });
  await screen.see({ css: '[role=menuitem][aria-disabled=true]' });
  await screen.press('Escape');
  await screen.click({ role: 'button', name: 'View' });
  await screen.click({ css: '[role^=menuitem]:has-text("Light")' });
  await screen.until(() => document.documentElement.dataset.theme === 'light');
});

scene('windows, their places and the theme are there again after a reload', {}, async ({ screen, wire }) => {
  await screen.press('Alt+2');
  // It is named after the folder it shows.
  await windowThat(screen, 'Home', { front: true });
  await screen.press('Control+Alt+ArrowLeft');
  await windowThat(screen, 'Home', { mode: 'snapped' });
  await screen.press('Alt+5');
  await windowThat(screen, 'Settings – Models', { front: true });
  for (let step = 0; step < 3; step += 1) await screen.press('Alt+Shift+ArrowRight');
  await screen.press('Alt+Shift+t');
  const before = { windows: await screen.script(lying), theme: await screen.script(theme) };
  assert.equal(before.windows.length, 3);
  await eventually('the windows are kept', async () => {
    const kept = await wire.call('preference.get', { key: 'desktop.session' });
    const look = await wire.call('preference.get', { key: 'desktop.look' });
    return JSON.stringify(kept.value).includes('settings') && look.value;
  });
  await screen.reload();
  await screen.until(() => document.querySelectorAll('.window').length === 3);
  assert.deepEqual({ windows: await screen.script(lying), theme: await screen.script(theme) }, before);
});

scene('what was done just before a reload is kept', {}, async ({ screen }) => {
  await screen.press('Alt+5');
  await windowThat(screen, 'Settings – Models', { front: true });
  await screen.press('Control+Alt+ArrowRight');
  await windowThat(screen, 'Settings – Models', { mode: 'snapped' });
  await screen.press('Alt+Shift+t');
  await screen.until(() => document.documentElement.dataset.theme === 'light');
  const before = { windows: await screen.script(lying), theme: await screen.script(theme) };
  await screen.reload();
  await screen.until(() => document.querySelectorAll('.window').length === 2);
  assert.deepEqual({ windows: await screen.script(lying), theme: await screen.script(theme) }, before);
});

scene('what did not reach the kernel comes back, unless another screen has kept something since', {}, async ({ screen, wire, server }) => {
  const key = 'desktop.session';
  const kept = () => wire.call('preference.get', { key });
  await eventually('the first windows are kept', async () => (await kept()).value);
  const { user } = await wire.call('auth.me');
  const moved = structuredClone((await kept()).value);
  moved.windows[0].bounds.x += 70;
  /** Comes back to what a page has left that had heard of the revision so many before the newest. */
  const come = async (before) => {
    // A place of the same origin where the desktop does not run.
    await screen.page.goto(`${server.url}/manifest.json`);
    const { rev } = await kept();
    const left = JSON.stringify({ user: user.id, rev: rev - before, told: { other: true }, value: moved });
    await screen.script(([key, left]) => localStorage.setItem(`aether.unsent.${key}`, left), [key, left]);
    await screen.goto();
    await screen.see({ css: '.window' });
    return (await screen.script(lying))[0].place[0];
  };
  const was = (await screen.script(lying))[0].place[0];
  assert.equal(await come(1), was, 'somebody else was later');
  assert.equal(await come(0), was + 70, 'nobody was');
  await eventually('the kernel has it too', async () => (await kept()).value.windows[0].bounds.x === moved.windows[0].bounds.x);
});

scene('signing out asks who is there, and nothing is left on the screen', {}, async ({ screen }) => {
  await screen.click({ role: 'button', name: /^Account/ });
  await screen.click({ role: 'menuitem', name: 'Sign out' });
  await screen.see({ role: 'button', name: 'Sign in' });
  assert.equal(await screen.script(() => document.querySelectorAll('.window').length), 0);
  await screen.reload();
  await screen.see({ role: 'button', name: 'Sign in' });
});

scene('the first visit is welcomed once, and may begin with the tour', { welcome: true }, async ({ screen, wire }) => {
  const welcome = { role: 'dialog', name: 'Welcome to Aether OS' };
  await screen.see(welcome);
  // A press of Enter begins something, and skips nothing.
  const first = await screen.until(() => document.activeElement.matches('.welcome button') && document.activeElement.innerText);
  assert.match(first, /key|Begin|Use .* on this machine/);
  await screen.click({ role: 'button', name: 'Take the tour', within: welcome });
  await screen.gone(welcome);
  await wire.event('process.spawned');
  await screen.reload();
  await screen.see({ css: '.desktop' });
  await eventually('it is not said again', async () => (await wire.call('preference.get', { key: 'desktop.welcomed' })).value === true);
  assert.equal(await screen.script(() => document.querySelectorAll('.welcome').length), 0);
});
