import { defineConfig } from 'vite';
import type { UserConfig } from 'vite';

/** The phone page. `npx vite apps/sandbox/web` serves it while it is worked on, before a sandbox on port 4000. */
export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The page's content security policy allows no data of its own in place of files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
  server: { proxy: { '/sandbox': 'http://127.0.0.1:4000' } },
}) satisfies UserConfig;
