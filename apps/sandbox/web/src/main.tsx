import { render } from 'preact';
import { App } from './app.tsx';
import { Page, PageContext } from './page.ts';
import './style/colours.css';
import './style/page.css';

const place = document.getElementById('page');
if (place === null) throw new Error('index.html has no place for the page');
const page = new Page();
page.start();
render(
  <PageContext.Provider value={page}>
    <App />
  </PageContext.Provider>,
  place,
);
