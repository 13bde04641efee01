import { IsUrl } from 'class-validator';

/** An HTTP or HTTPS URL, of a host inside a network too: `http://gateway:3000/…`. */
export function IsWebUrl(message: string): PropertyDecorator {
  const options = {
    protocols: ['http', 'https'],
    require_protocol: true,
    require_tld: false,
    allow_underscores: true,
  };
  return IsUrl(options, { message });
}
