// Keeps a copy of the desktop, so that it opens while the server is away and says so itself. It never keeps anything that
// belongs to a person: no answer of the kernel passes through here.

// Written when the desktop is packed.
const VERSION = "unpacked";
const FILES = [];

const PREFIX = "aether-";
const CACHE = PREFIX + VERSION;
const PAGE = "/index.html";
const BESIDE = ["/manifest.json", "/icons/aether.svg", "/icons/icon-192.png"];
const PROGRAMS = ["api", "kernel", "cluster", "metrics", "health", "embed"];

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || PROGRAMS.includes(url.pathname.split("/")[1])) {
    return;
  }
  if (request.mode === "navigate") {
    event.respondWith(page(request));
  } else if (url.pathname.startsWith("/assets/")) {
    event.respondWith(asset(event));
  } else if (BESIDE.includes(url.pathname)) {
    event.respondWith(fetch(request).catch(() => kept(request)));
  }
});

async function install() {
  const cache = await caches.open(CACHE);
  // A file that an earlier version kept has the same content under the same name: it is not loaded again.
  const named = FILES.map(async (file) => {
    const known = await caches.match(file);
    await (known ? cache.put(file, known) : cache.add(file));
  });
  const fresh = cache.addAll([PAGE, ...BESIDE].map((file) => new Request(file, { cache: "no-cache" })));
  await Promise.all([...named, fresh]);
  await self.skipWaiting();
}

async function activate() {
  await self.clients.claim();
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  // A page that is open was made of the version before, and may load the rest of it yet.
  const stale = windows.length > 0 ? old.slice(0, -1) : old;
  await Promise.all(stale.map((name) => caches.delete(name)));
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const copy = await caches.open(CACHE).then((cache) => cache.match(PAGE));
    if (copy) {
      return copy;
    }
    throw error;
  }
}

// The name says the content, so a copy is never out of date.
async function asset(event) {
  const { request } = event;
  const copy = await caches.match(request);
  if (copy) {
    return copy;
  }
  const answer = await fetch(request);
  if (answer.ok) {
    const copied = answer.clone();
    event.waitUntil(caches.open(CACHE).then((cache) => cache.put(request, copied)));
  }
  return answer;
}

async function kept(request) {
  return (await caches.match(request)) ?? Response.error();
}
