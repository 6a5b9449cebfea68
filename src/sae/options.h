/* The members of struct sae_config under the names that they have on the command line and in JSON: what
 * checking, writing and reading go through. Not for other rooms. */
#ifndef ARCLIGHT_SAE_OPTIONS_H
#define ARCLIGHT_SAE_OPTIONS_H

#include "sae/config.h"

#include <stddef.h>

enum sae_option_kind {
    SAE_OPTION_U32,
    SAE_OPTION_U64, /* below 2^63, as JSON's integers are */
    SAE_OPTION_REAL,
    SAE_OPTION_FLAG,
    SAE_OPTION_WORD, /* an enum; its words stand in the order of the values */
};

struct sae_option {
    const char *name;
    enum sae_option_kind kind;
    size_t offset;            /* in struct sae_config */
    double minimum, maximum;  /* of numbers, both allowed */
    const char *const *words; /* ended by NULL */
    unsigned activations;     /* bits 1 << enum sae_activation: whom the option concerns */
    bool above;               /* `minimum` itself is not allowed */
};

/* Ended by a NULL name. `arch` and `widths`, which are neither number nor word, are not among them. */
extern const struct sae_option sae_options[];

/* The value as a number: the place in the list for a word. */
double sae_option_value(const struct sae_option *option, const struct sae_config *config);

#endif
