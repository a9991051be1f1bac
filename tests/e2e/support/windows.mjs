// Windows as they lie on the screen.

/** What the page says of its windows: runs there. */
export function lying() {
  const all = [...document.querySelectorAll('.window:not([data-leaving])')].map((window) => {
    const { x, y, width, height } = window.getBoundingClientRect();
    return {
      title: window.getAttribute('aria-label'),
      place: [x, y, width, height].map(Math.round),
      mode: window.dataset.mode,
      front: window.dataset.focused === 'true',
      minimised: window.dataset.minimised === 'true',
      z: Number(window.style.zIndex),
    };
  });
  // From the back to the front, whatever their order in the page.
  return all.sort((a, b) => a.z - b.z);
}

/** The window with this title, once it is there. */
export async function windowOf(screen, title) {
  const all = await screen.script(lying);
  const found = all.find((window) => window.title === title);
  if (!found) throw new Error(`there is no window ${title}; there are ${all.map((window) => window.title).join(', ')}`);
  return found;
}

/** Waits until a window satisfies `is` (a function of the page), and gives it. */
export async function windowThat(screen, title, what) {
  return screen.until(
    ({ title, what }) => {
      const all = [...document.querySelectorAll('.window:not([data-leaving])')];
      const window = all.find((one) => one.getAttribute('aria-label') === title);
      if (!window) return what.absent === true;
      if (what.absent) return false;
      const state = {
        mode: window.dataset.mode,
        front: window.dataset.focused === 'true',
        minimised: window.dataset.minimised === 'true',
      };
      if (!Object.entries(what).every(([key, value]) => state[key] === value)) return false;
      const { x, y, width, height } = window.getBoundingClientRect();
      return { ...state, place: [x, y, width, height].map(Math.round) };
    },
    { title, what },
  );
}

/** The area that windows lie in. */
export function area() {
  const { x, y, width, height } = document.querySelector('.window-layer').getBoundingClientRect();
  return [x, y, width, height].map(Math.round);
}
