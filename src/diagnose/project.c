#include "diagnose/internal.h"
void diagnose_in_project(Diagnosis *d, const Project *p, const Models *models) {
  (void)d;
  (void)p;
  (void)models;
}
