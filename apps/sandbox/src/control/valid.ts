import { ValidationPipe } from '@nestjs/common';

/** Every route of the control API checks what it is given, and names each field and the rule it breaks. */
export const valid = new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true });
