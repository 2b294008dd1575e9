from datetime import date
from decimal import Decimal
from typing import Optional

from sqlalchemy import Column, ForeignKey, Numeric, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


employee_skills = Table(
    "employee_skills",
    Base.metadata,
    Column("employee_id", ForeignKey("employees.id"), primary_key=True),
    Column("skill_id", ForeignKey("skills.id"), primary_key=True),
)


class Department(Base):
    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    city: Mapped[str] = mapped_column(String(80))
    budget: Mapped[Decimal] = mapped_column(Numeric(12, 2))

    employees: Mapped[list["Employee"]] = relationship(back_populates="department")


class Employee(Base):
    __tablename__ = "employees"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(255), unique=True)
    salary: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    hired_on: Mapped[date]
    title: Mapped[Optional[str]] = mapped_column(String(80))
    department_id: Mapped[Optional[int]] = mapped_column(ForeignKey("departments.id"))
    manager_id: Mapped[Optional[int]] = mapped_column(ForeignKey("employees.id"))

    department: Mapped[Optional[Department]] = relationship(back_populates="employees")
    manager: Mapped[Optional["Employee"]] = relationship(remote_side=[id], back_populates="reports")
    reports: Mapped[list["Employee"]] = relationship(back_populates="manager")
    skills: Mapped[list["Skill"]] = relationship(secondary=employee_skills, back_populates="employees")


class Skill(Base):
    __tablename__ = "skills"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(40), unique=True)

    employees: Mapped[list[Employee]] = relationship(secondary=employee_skills, back_populates="skills")
