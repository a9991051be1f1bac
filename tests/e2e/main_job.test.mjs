// The main job in a browser and in the real window: sign in, deploy an agent, watch it, approve a command, open the file
// it wrote, message it, stop a second one, switch the theme, reload and find everything where it was.
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { FIXTURES, SLOWLY, mainJob } from './support/job.mjs';
import { scene } from './support/scene.mjs';
import { AppWindow } from './support/window.mjs';

after(closeBrowser);

const setting = { fixtures: FIXTURES, modelWords: SLOWLY, timeout: 120_000 };

scene('the main job in Chromium', setting, mainJob);
scene('the main job in the window', { ...setting, Screen: AppWindow }, mainJob);
