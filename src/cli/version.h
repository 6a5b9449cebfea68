/* Version and build. */
#ifndef ARCLIGHT_CLI_VERSION_H
#define ARCLIGHT_CLI_VERSION_H

const char *cli_version(void); /* "0.1.0" */
const char *cli_commit(void);  /* short commit with "-dirty" when files differed; "" when unknown at build */

#endif
