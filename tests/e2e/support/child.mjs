// Programs that a test starts: each ends with the test, however that ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Ends a program with us, also when we are killed. */
const SETPRIV = '/usr/bin/setpriv';
const running = new Set();

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/**
 * Starts a program and waits until a line of its output matches `ready`; without `ready` it is only started. Gives the
 * child with `lines`, all it has said so far.
 */
export async function start(program, words, { env, ready, cwd, detached = false } = {}) {
  const bound = existsSync(SETPRIV) ? [SETPRIV, ['--pdeathsig', 'KILL', program, ...words]] : [program, words];
  const child = spawn(...bound, { env, cwd, detached, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.lines = [];
  const said = new Promise((resolve, reject) => {
    const hear = (line) => {
      child.lines.push(line);
      if (!ready || ready.test(line)) resolve();
    };
    createInterface({ input: child.stdout }).on('line', hear);
    createInterface({ input: child.stderr }).on('line', hear);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`${program} ended (${code ?? signal}) before it was ready:\n${child.lines.join('\n')}`));
    });
    if (!ready) child.once('spawn', resolve);
  });
  said.catch(() => {});
  await said;
  return child;
}

/** Ends a program and waits until it is gone. */
export async function end(child, signal = 'SIGKILL') {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
