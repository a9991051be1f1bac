import { scene } from './support/scene.mjs';
import { AppWindow } from './support/window.mjs';
scene('the window opens', { Screen: AppWindow }, async ({ screen, wire }) => {
  console.log(wire.welcome.user);
  await screen.see({ role: 'button', name: 'File' });
  await screen.press('Control+k');
  await screen.see({ role: 'dialog', name: 'Smart Bar' });
  await screen.type('sett');
  await screen.press('Enter');
  await screen.until(() => document.querySelectorAll('.window').length === 2);
  console.log(await screen.screenshot('the window'));
  await screen.reload();
  await screen.see({ role: 'button', name: 'File' });
});
