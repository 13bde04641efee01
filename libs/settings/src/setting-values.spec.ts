import { describe, expect, it } from '@jest/globals';
import { settingValues } from './setting-values.ts';

function find(variables: Record<string, string>) {
  const files = new Map([['/run/secrets/key', 'from a file\n']]);
  return settingValues(['KEY', 'PORT'], variables, (path) => {
    const content = files.get(path);
    if (content === undefined) throw new Error(`no file ${path}`);
    return content;
  });
}

describe('settingValues', () => {
  it('takes a value from its variable, or from the file that is named, without the line break at its end', () => {
    const { values, problems } = find({ KEY_FILE: '/run/secrets/key', PORT: '80', OTHER: 'x' });
    expect(Object.fromEntries(values)).toEqual({ KEY: 'from a file', PORT: '80' });
    expect(problems).toEqual([]);
  });

  it('counts an empty variable as not set', () => {
    expect(find({ KEY: '', PORT: '' }).values.size).toBe(0);
  });

  it('tells a value that is given twice and a file that cannot be read, without what was given', () => {
    const { problems, unreadable } = find({
      KEY: 'secret',
      KEY_FILE: '/run/secrets/key',
      PORT_FILE: '/nowhere',
    });
    expect(problems).toEqual([
      'KEY and KEY_FILE are both set: leave one of them out',
      'PORT_FILE names a file that cannot be read',
    ]);
    expect([...unreadable]).toEqual(['PORT']);
  });
});
