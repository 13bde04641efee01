export { settingValues } from './setting-values.ts';
export type { SettingValues } from './setting-values.ts';
