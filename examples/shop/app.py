"""The shop over HTTP."""
from flask import Flask, abort, jsonify, request

import accounts
import catalogue
import db
import orders
import reports
from models import Customer, Order


def customer_json(customer):
    return {"id": customer.id, "email": customer.email, "active": customer.active}


def create_app():
    app = Flask(__name__)

    @app.teardown_appcontext
    def close_session(error=None):
        db.session.remove()

    @app.route("/customers")
    def list_customers():
        found = accounts.search(db.session, request.args.get("q"))
        return jsonify([customer_json(c) for c in found])

    @app.route("/customers/<int:customer_id>")
    def show_customer(customer_id):
        customer = db.session.query(Customer).get(customer_id)
        if customer is None:
            abort(404)
        return jsonify(customer_json(customer))

    @app.route("/customers/<int:customer_id>/orders", methods=["POST"])
    def order(customer_id):
        customer = db.session.query(Customer).filter_by(id=customer_id).first()
        if customer is None:
            abort(404)
        wanted = [(line["product"], line["quantity"]) for line in request.get_json()]
        try:
            placed = orders.place_order(db.session, customer, wanted)
        except LookupError:
            db.session.rollback()
            abort(400)
        db.session.commit()
        return jsonify({"id": placed.id}), 201

    @app.route("/orders/<int:order_id>")
    def show_order(order_id):
        found = db.session.query(Order).filter(Order.id == order_id).one_or_none()
        if found is None:
            abort(404)
        return jsonify({"id": found.id, "status": found.status, "total": float(found.total)})

    @app.route("/products")
    def list_products():
        return jsonify(catalogue.product_names(db.session))

    @app.route("/reports/best-sellers")
    def best_sellers():
        return jsonify([[name, int(sold)] for name, sold in reports.best_sellers(db.session)])

    return app
