"""PyMongo as it comes: one find_one."""

import sys

import pymongo

pymongo.MongoClient(sys.argv[1], int(sys.argv[2])).test.things.find_one()
