"""Many products at once: messages are built before, connections opened, then all are released together."""

import threading
import time

import product as P


class Sending(threading.Thread):
    def __init__(self, gate, product, message):
        super().__init__(daemon=True)
        self.gate, self.product, self.message = gate, product, message
        self.answer, self.error = None, None

    def run(self):
        try:
            try:
                self.product.client.open()
            finally:
                self.gate.wait(120)
            self.answer = self.product.send(self.message)
        except Exception as error:                                   # kept for the test to judge
            self.error = error


def send_all(pairs, meanwhile=None):
    """pairs of (product, message), each on a thread and connection of its own -> finished Sending threads, in order.
    meanwhile(threads) runs in the caller while they are under way."""
    gate = threading.Barrier(len(pairs) + 1)
    threads = [Sending(gate, product, message) for product, message in pairs]
    for thread in threads:
        thread.start()
    gate.wait(120)
    if meanwhile:
        meanwhile(threads)
    deadline = time.monotonic() + 120
    for thread in threads:
        thread.join(max(0.1, deadline - time.monotonic()))
        thread.product.client.close()
    return threads


def registrations(endpoint, token, count):
    """count new products, each with its REGISTRATION built and signed."""
    products = [P.Product(endpoint) for _ in range(count)]
    return [(product, product.registration(token)) for product in products]
