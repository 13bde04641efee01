/** What may stand in a header: visible ASCII with inner spaces. A line break means a file that was read carelessly. */
export const HEADER_VALUE = /^[!-~]([ -~]*[!-~])?$/;
