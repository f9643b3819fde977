/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks whether the names of the path files are those that visitors see. */
#ifndef NAMES_H
#define NAMES_H

#include "doctor/doctor.h"

/* Checks that every address has a PTR record with its name. */
void names_ptr(struct doctor *d, struct finding *f);

/* Checks that the name of every target has its address. */
void names_forward(struct doctor *d, struct finding *f);

#endif
