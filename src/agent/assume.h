// Assume: models that pasted code works with and does not bring.
//
//   rows = session.query(Order).all()             Order is a mapped class: a fact
//   for o in rows: print(o.customer.name)         Order.customer is a relationship:
//   likely
//
// - What is queried is a model, and what a loader option, a join or any() names is a
//   relationship. An attribute of an instance that is looped over, counted or asked for
//   an attribute of its own may be one: what is found by it is true only if it is.
// - The classes stand in modules where the code imports them from, or in one that is
//   imported in front of it. They have a base that is not known, so that nothing is
//   proven absent, and columns of which nothing is known.
#ifndef AGENT_ASSUME_H
#define AGENT_ASSUME_H

#include "agent/ask.h"

typedef struct {
  Str module; // "app/models.py"
  Str name;
  bool used;        // by the code; false: only as the other end of a relationship
  Vec(Str) columns; // named on the class
} AssumedModel;

typedef struct {
  size_t model;
  Str attribute;
  Str target;
  bool many;
  bool proven;  // that it is one: a loader option or the like names it
  bool counted; // `many` is told by its use, not by its name alone
} AssumedRelation;

typedef struct {
  Vec(AssumedModel) models;
  Vec(AssumedRelation) relations;
  Str imports;    // a line in front of the code; "" where its own imports do
  bool flask;     // `User.query`: models of Flask-SQLAlchemy
  uint32_t level; // the most dots of a relative import
} Assumed;

// False, and nothing assumed, where the code brings its models or there is a project.
// assumed_free has to follow either way.
bool assume_models(AskContext *cx, Assumed *out);
void assumed_free(Assumed *a);
// The pasted code with the models, the likely relationships among them where `related`.
// Gives the id of the pasted file. project_free has to follow.
uint32_t assumed_open(const AskContext *cx, const Assumed *a, bool related, Project *p);

#endif
