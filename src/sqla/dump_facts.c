// dump_facts.c: models and tables, for people and for the comparison with SQLAlchemy.
#include "sqla/dump_facts.h"

typedef struct {
  const Project *p;
  JsonWriter *w;
} Dump;

static Str text(const Dump *d, Atom a) {
  return a ? atom_str(d->p->names, a) : (Str){0};
}

static uint32_t line_of(const Project *p, Place at) {
  const ProjectFile *f = p->files[at.file];
  return source_position(&f->source, py_node(&f->tree, at.ref)->start).line;
}

static void write_column(const Dump *d, Atom key, const SqlColumn *c, bool inherited) {
  JsonWriter *w = d->w;
  json_begin_object(w);
  json_field(w, "key", text(d, key));
  json_field(w, "name", text(d, c->name));
  json_key(w, "type");
  json_str(w, c->type.known ? c->type.text : (Str){0});
  json_field_bool(w, "nullable", c->nullable);
  json_field_bool(w, "primary_key", c->primary_key);
  json_field_bool(w, "unique", c->unique);
  json_field_bool(w, "index", c->index);
  json_field_bool(w, "proven", c->proven);
  json_field_bool(w, "inherited", inherited);
  json_key(w, "foreign_keys");
  json_begin_array(w);
  for (uint32_t i = 0; i < c->foreign_key_count; i++)
    json_str(w, c->foreign_keys[i].target);
  json_end_array(w);
  json_end_object(w);
}

static void write_relationship(const Dump *d, const Relationship *r) {
  JsonWriter *w = d->w;
  json_begin_object(w);
  json_field(w, "key", text(d, r->key));
  json_field(w, "target", r->target_name);
  json_key(w, "direction");
  json_str(w, str_from(direction_name(r->direction)));
  json_key(w, "uselist");
  if (r->uselist == YES || r->uselist == NO)
    json_bool(w, r->uselist == YES);
  else
    json_none(w);
  json_key(w, "secondary");
  json_str(w, r->secondary && r->secondary->full_name.len ? r->secondary->full_name
                                                          : (Str){0});
  json_key(w, "back_populates");
  json_str(w, text(d, r->back_populates));
  json_key(w, "backref");
  json_str(w, text(d, r->backref));
  json_field_bool(w, "from_backref", r->from_backref);
  json_key(w, "lazy");
  json_str(w, r->lazy.len ? r->lazy : (Str){0});
  json_field_bool(w, "viewonly", r->viewonly);
  json_field_bool(w, "inherited", r->inherited);
  json_field_bool(w, "proven", r->proven);
  json_end_object(w);
}

static void write_model(const Dump *d, const Model *m) {
  JsonWriter *w = d->w;
  json_begin_object(w);
  json_field(w, "class", text(d, m->dotted));
  json_key(w, "table");
  json_str(w, m->table && m->table->full_name.len ? m->table->full_name : (Str){0});
  json_field(w, "file", d->p->files[m->node.file]->path);
  json_field_int(w, "line", line_of(d->p, m->node));
  json_field(w, "style", str_from(base_style_name(m->style)));
  json_key(w, "inheritance");
  json_str(w, str_from(inheritance_name(m->inheritance)));
  json_key(w, "parent");
  json_str(w, m->parent ? text(d, m->parent->dotted) : (Str){0});
  json_field_bool(w, "complete", m->complete);
  json_key(w, "columns");
  json_begin_array(w);
  for (uint32_t i = 0; i < m->column_count; i++)
    write_column(d, m->columns[i].key, m->columns[i].column, m->columns[i].inherited);
  json_end_array(w);
  json_key(w, "relationships");
  json_begin_array(w);
  for (uint32_t i = 0; i < m->relationship_count; i++)
    write_relationship(d, &m->relationships[i]);
  json_end_array(w);
  json_end_object(w);
}

static void write_table(const Dump *d, const SqlTable *t) {
  JsonWriter *w = d->w;
  json_begin_object(w);
  json_field(w, "name", t->full_name);
  json_field(w, "file", d->p->files[t->node.file]->path);
  json_field_int(w, "line", line_of(d->p, t->node));
  json_field_bool(w, "complete", t->complete);
  json_key(w, "columns");
  json_begin_array(w);
  for (uint32_t i = 0; i < t->column_count; i++)
    write_column(d, t->columns[i]->key, t->columns[i], false);
  json_end_array(w);
  json_end_object(w);
}

void dump_facts_json(const Project *project, const Models *models, JsonWriter *w) {
  Dump d = {project, w};
  json_begin_object(w);
  json_key(w, "models");
  json_begin_array(w);
  for (uint32_t i = 0; i < models_count(models); i++)
    write_model(&d, models_at(models, i));
  json_end_array(w);
  json_key(w, "tables");
  json_begin_array(w);
  for (uint32_t i = 0; i < models_table_count(models); i++)
    if (!models_table_at(models, i)->model)
      write_table(&d, models_table_at(models, i));
  json_end_array(w);
  json_end_object(w);
}

static void text_column(const Dump *d, Atom key, const SqlColumn *c, Buf *out) {
  Str name = text(d, c->name);
  buf_printf(out, "  %-20.*s %.*s", STR_ARG(text(d, key)),
             STR_ARG(c->type.known ? c->type.text : STR("?")));
  if (key != c->name)
    buf_printf(out, ", column %.*s", STR_ARG(name));
  buf_add_text(out, c->primary_key ? ", primary key" : c->nullable ? "" : ", not null");
  buf_add_text(out, c->unique ? ", unique" : "");
  for (uint32_t i = 0; i < c->foreign_key_count; i++)
    buf_printf(out, " -> %.*s", STR_ARG(c->foreign_keys[i].target));
  buf_add_char(out, '\n');
}

static void text_model(const Dump *d, const Model *m, Buf *out) {
  buf_printf(out, "%.*s%s%.*s (%.*s:%u)%s\n", STR_ARG(text(d, m->dotted)),
             m->table ? ", table " : "",
             STR_ARG(m->table ? m->table->full_name : STR("")),
             STR_ARG(d->p->files[m->node.file]->path), line_of(d->p, m->node),
             m->complete ? "" : ", not fully understood");
  for (uint32_t i = 0; i < m->column_count; i++)
    text_column(d, m->columns[i].key, m->columns[i].column, out);
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    const char *direction = direction_name(r->direction);
    buf_printf(out, "  %-20.*s %s%.*s%s, %s\n", STR_ARG(text(d, r->key)),
               r->uselist == YES ? "list of " : "", STR_ARG(r->target_name),
               r->from_backref ? " (backref)" : "", direction ? direction : "?");
  }
}

void dump_facts_text(const Project *project, const Models *models, Buf *out) {
  Dump d = {project, NULL};
  for (uint32_t i = 0; i < models_count(models); i++)
    text_model(&d, models_at(models, i), out);
  for (uint32_t i = 0; i < models_table_count(models); i++) {
    const SqlTable *t = models_table_at(models, i);
    if (t->model)
      continue;
    buf_printf(out, "table %.*s (%.*s:%u)\n", STR_ARG(t->full_name),
               STR_ARG(project->files[t->node.file]->path), line_of(project, t->node));
    for (uint32_t k = 0; k < t->column_count; k++)
      text_column(&d, t->columns[k]->key, t->columns[k], out);
  }
}
