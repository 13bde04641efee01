import { fileURLToPath } from 'node:url';

/** Where `npm run build` puts the page; the same seen from the sources and from what is compiled. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));
