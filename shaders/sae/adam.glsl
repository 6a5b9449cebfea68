// A step of Adam (Kingma and Ba 2015, algorithm 1) on one ELEMENT. After sae/element.glsl and `p` with the fields of
// sae_adam_params from rate on.
ELEMENT first_moment(ELEMENT before, ELEMENT gradient)
{
    return p.beta1 * before + p.new1 * gradient;
}

ELEMENT second_moment(ELEMENT before, ELEMENT gradient)
{
    return p.beta2 * before + p.new2 * gradient * gradient;
}

ELEMENT moved(ELEMENT value, ELEMENT m, ELEMENT v)
{
    return value - p.rate * m / (sqrt(v) * p.root + p.epsilon);
}
