// Where the programs under test are, and where failures leave what they saw. `cargo xtask test screen` says so by
// variables; without them the folders of a plain build are used.
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const e2e = dirname(dirname(fileURLToPath(import.meta.url)));

export const repository = dirname(dirname(e2e));
const target = process.env.CARGO_TARGET_DIR ?? join(repository, 'target');
/** The folder of `aetherd`, `aether-init` and `aether-desktop`. */
export const programs = process.env.AETHER_PROGRAMS ?? join(target, 'debug');
/** The built page. */
export const page = process.env.AETHER_UI ?? join(target, 'ui/release');
/** What tests leave behind when they fail. */
export const out = process.env.AETHER_E2E_OUT ?? join(target, 'e2e');
export const snapshots = join(e2e, 'snapshots');
export const tauriDriver = process.env.AETHER_TAURI_DRIVER ?? join(target, 'xtask-tools/bin/tauri-driver');
/** aimock's own program. */
export const modelServer = join(repository, 'tests/peers/node_modules/@copilotkit/aimock/dist/cli.js');

/** A program of ours; missing is an error that says what builds it. */
export function ours(name) {
  const path = join(programs, name);
  if (!existsSync(path)) throw new Error(`${path} is missing; \`cargo xtask test screen\` builds it`);
  return path;
}

/** The first of these programs on the path. */
export function found(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      if (existsSync(path)) return realpathSync(path) && path;
    }
  }
  throw new Error(`none of ${names.join(', ')} is installed; \`cargo xtask setup --all\` installs it`);
}

/** A path for something a failed test leaves behind. */
export function evidence(name) {
  mkdirSync(out, { recursive: true });
  return join(out, name.replace(/[^\w.-]+/g, '-'));
}

/** The text of a script that a package brings for browsers. */
export function packaged(path) {
  return readFileSync(join(e2e, 'node_modules', path), 'utf8');
}
