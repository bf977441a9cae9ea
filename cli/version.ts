/** Of this program, as the API and backups say it. */
export const VERSION = "0.1.0";
