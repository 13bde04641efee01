import { describe, expect, it } from '@jest/globals';
import { webUrl } from './web-url.ts';

describe('webUrl', () => {
  it.each([
    ['https://example.com', 'https://example.com/'],
    ['HTTP://EXAMPLE.com:8080/a?b#c', 'http://example.com:8080/a?b'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('takes %s', (text, href) => expect(webUrl(text)?.href).toBe(href));

  it.each([
    '',
    'example.com',
    '//example.com',
    'http:example.com',
    ' https://example.com',
    'http://',
    'http://a b/',
    'http://user@example.com/',
    'http://user:password@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    `https://example.com/${'a'.repeat(4_096)}`,
    `https://example.com/${'ü'.repeat(3_000)}`,
  ])('refuses %s', (text) => expect(webUrl(text)).toBeUndefined());

  it('resolves a relative one, and refuses what that makes of other schemes', () => {
    const base = new URL('https://example.com/a/b');
    expect(webUrl('../c.png', base)?.href).toBe('https://example.com/c.png');
    expect(webUrl('//cdn.example.net/c.png', base)?.href).toBe('https://cdn.example.net/c.png');
    expect(webUrl('javascript:alert(1)', base)).toBeUndefined();
    expect(webUrl('data:image/png;base64,AAAA', base)).toBeUndefined();
  });
});
